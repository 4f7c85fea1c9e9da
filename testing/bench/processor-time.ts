import { readdirSync, readFileSync } from "node:fs";

/** Linux counts a process's time in ticks of 10 ms (`getconf CLK_TCK` is 100 on every supported platform). */
const ticksPerSecond = 100;

/** User and system seconds a process has used so far, its threads included, its children not (proc(5), stat 14 and 15). */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Null for a process that has ended, as nginx's cache loader does after a minute. */
export function secondsIfRunning(pid: number): number | null {
  try {
    return processorSeconds(pid);
  } catch {
    return null;
  }
}

/** Pids of the FFmpegs that a sidecar runs; beside them may be the compiler that loads its TypeScript. */
export function encodersOf(sidecar: number): number[] {
  return childrenOf(sidecar).filter((pid) => processFile(pid, "comm").trim() === "ffmpeg");
}

/** Those that make streams' renditions: the others make a picture of one now and then. */
export function laddersOf(sidecar: number): number[] {
  return encodersOf(sidecar).filter((pid) => processFile(pid, "cmdline").includes("-frag_duration"));
}

/** Empty for a process that has ended. */
function processFile(pid: number, name: "comm" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}

/** Pids of the direct children. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
}
