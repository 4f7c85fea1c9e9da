/** FFmpeg's own account of what a run cost. */

/** The same arguments, with an account at the end of stderr, which it gives at level info only. */
export function benchmarkArguments(args: readonly string[]): string[] {
  return ["-benchmark", ...args.map((arg, index) => (args[index - 1] === "-loglevel" ? "info" : arg))];
}

export interface Benchmark {
  /** User and system time of all its threads. */
  readonly processorSeconds: number;
  /** By the clock, from the first packet read to the last one written; opening inputs is left out. */
  readonly elapsedSeconds: number;
}

/** Null where stderr has no account: FFmpeg gave up. */
export function readBenchmark(stderr: string): Benchmark | null {
  const found = /bench: utime=([\d.]+)s stime=([\d.]+)s rtime=([\d.]+)s/.exec(stderr);
  if (found === null) return null;
  return { processorSeconds: Number(found[1]) + Number(found[2]), elapsedSeconds: Number(found[3]) };
}
