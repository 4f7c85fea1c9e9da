import { readFileSync } from "node:fs";

/** What a process holds of the machine's memory (proc(5), status, VmRSS); 0 when it has none, as a zombie. */
export function residentMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}
