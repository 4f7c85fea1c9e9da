import { setTimeout as pause } from "node:timers/promises";
import { secondsIfRunning } from "./processor-time.ts";

/** What groups of processes use over so many seconds, as shares of one core; who ends meanwhile counts as nothing. */
export async function processorShares<Name extends string>(
  groups: Readonly<Record<Name, readonly number[]>>,
  seconds: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(groups) as Name[];
  const before = new Map(names.flatMap((name) => groups[name]).map((pid) => [pid, secondsIfRunning(pid)]));
  const began = performance.now();
  await pause(seconds * 1000);
  const elapsed = (performance.now() - began) / 1000;
  const used = (pid: number) => {
    const after = secondsIfRunning(pid);
    return after === null ? 0 : after - (before.get(pid) ?? 0);
  };
  const shares = names.map((name) => [name, groups[name].reduce((sum, pid) => sum + used(pid), 0) / elapsed]);
  return Object.fromEntries(shares);
}
