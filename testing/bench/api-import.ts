import { readFile, writeFile } from "node:fs/promises";
import type { System } from "./api.ts";
import type { Scene } from "./api-scene.ts";
import { median, table } from "./table.ts";

const rows = 50_000;
const turns = 3;

interface Import {
  seconds: number;
  /** Resident memory at most while it went on, and before it, in MB. */
  peakMb: number;
  beforeMb: number;
}

/** A file of 50,000 new people, imported by an admin; its memory is that of the process that answers. */
export async function measureImport(
  systems: readonly System[],
  scene: Scene,
  adminToken: string,
): Promise<string> {
  const results = systems.map((system) => ({ system, imports: [] as Import[] }));
  for (let turn = 0; turn < turns; turn++) {
    for (const { system, imports } of results) {
      imports.push(await importOnce(system, adminToken));
      await scene.forgetImported();
    }
  }
  const perSecond = (imports: Import[]) => rows / median(imports.map(({ seconds }) => seconds));
  const peer = perSecond(results[0]!.imports);
  return `\nImport of ${rows} rows of CSV, median of ${turns}\n${table([
    ["system", "rows/s", "ratio", "peak MB", "MB before"],
    ...results.map(({ system, imports }) => [
      system.name,
      perSecond(imports).toFixed(0),
      (perSecond(imports) / peer).toFixed(2),
      Math.max(...imports.map(({ peakMb }) => peakMb)).toFixed(0),
      median(imports.map(({ beforeMb }) => beforeMb)).toFixed(0),
    ]),
  ])}`;
}

async function importOnce({ name, origin, pids }: System, token: string): Promise<Import> {
  const lines = Array.from(
    { length: rows },
    (_, index) => `imported-${index}@bench.example,Imported Person ${index},attendee`,
  );
  const body = `email,name,role\r\n${lines.join("\r\n")}\r\n`;
  const pid = pids[0]!;
  // proc(5): sets the peak to what is resident now.
  await writeFile(`/proc/${pid}/clear_refs`, "5");
  const beforeMb = await peakMegabytes(pid);
  const began = performance.now();
  const response = await fetch(`${origin}/api/users/import`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "text/csv" },
    body,
  });
  const text = await response.text();
  const seconds = (performance.now() - began) / 1000;
  const summary = text.trimEnd().split("\n").at(-1) ?? "";
  if (!summary.includes(`"created":${rows}`)) {
    throw new Error(`${name} answered the import with ${response.status}: ${summary}`);
  }
  return { seconds, peakMb: await peakMegabytes(pid), beforeMb };
}

async function peakMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
