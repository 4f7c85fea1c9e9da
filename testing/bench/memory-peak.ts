import { readFileSync, writeFileSync } from "node:fs";
import { childrenOf } from "./processor-time.ts";

/** Kilobytes of a line of a process's status (proc(5)), as megabytes; 0 for a process that has ended. */
function megabytesOf(pid: number, line: "VmHWM" | "VmRSS" | "RssAnon"): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`^${line}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Begins to watch; the answer tells by how many megabytes a process grew at most since. */
export function watchPeak(pid: number): () => number {
  // proc(5): sets the peak to what is resident now.
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const before = megabytesOf(pid, "VmRSS");
  return () => Math.max(0, megabytesOf(pid, "VmHWM") - before);
}

/**
 * Begins to look, 50 times a second, at what PostgreSQL's greatest backend holds for itself: what all share (buffers)
 * is not counted, since reading fills it whoever reads. The answer tells by how many megabytes one grew at most.
 */
export function watchBackends(postmaster: number): () => number {
  const held = () => new Map(childrenOf(postmaster).map((pid) => [pid, megabytesOf(pid, "RssAnon")]));
  const before = held();
  let grown = 0;
  const look = () => {
    for (const [pid, now] of held()) grown = Math.max(grown, now - (before.get(pid) ?? 0));
  };
  const looking = setInterval(look, 20);
  return () => {
    clearInterval(looking);
    look();
    return grown;
  };
}
