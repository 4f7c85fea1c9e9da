/** A wall clock that can be set while a process runs: milliseconds to add stand in a file, and how much faster it goes. */
import { rename, writeFile } from "node:fs/promises";

/** Node's arguments for it, before those of the program. */
export function jumpingClock(path: string): string[] {
  const code = `
    import { readFileSync } from "node:fs";
    const RealDate = Date;
    let [ahead, faster] = [0, 0];
    const look = () => {
      try {
        [ahead, faster] = readFileSync(${JSON.stringify(path)}, "utf8").split(" ").map(Number);
      } catch {}
    };
    const now = () => RealDate.now() + ahead + Math.round(faster * performance.now());
    setInterval(look, 50).unref();
    globalThis.Date = class extends RealDate {
      constructor(...given) { given.length === 0 ? super(now()) : super(...given); }
      static now() { return now(); }
    };`;
  return ["--import", `data:text/javascript,${encodeURIComponent(code)}`];
}

/** With `faster`, the clock goes on so many seconds more in each. */
export async function jumpTo(path: string, aheadSeconds: number, faster = 0): Promise<void> {
  // Whole, for the process that may read it at this moment.
  await writeFile(`${path}.new`, `${aheadSeconds * 1000} ${faster}`);
  await rename(`${path}.new`, path);
}
