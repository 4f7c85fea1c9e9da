/** A wall clock that can be set while a process runs: milliseconds to add stand in a file. */
import { writeFile } from "node:fs/promises";

/** Node's arguments for it, before those of the program. */
export function jumpingClock(path: string): string[] {
  const code = `
    import { readFileSync } from "node:fs";
    const RealDate = Date;
    let ahead = 0;
    const look = () => { try { ahead = Number(readFileSync(${JSON.stringify(path)}, "utf8")); } catch {} };
    setInterval(look, 50).unref();
    globalThis.Date = class extends RealDate {
      constructor(...given) { given.length === 0 ? super(RealDate.now() + ahead) : super(...given); }
      static now() { return RealDate.now() + ahead; }
    };`;
  return ["--import", `data:text/javascript,${encodeURIComponent(code)}`];
}

export function jumpTo(path: string, aheadSeconds: number): Promise<void> {
  return writeFile(path, String(aheadSeconds * 1000));
}
