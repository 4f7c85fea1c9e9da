/** Seconds to wait after the `failures`-th failure in a row: doubling from `first`, at most `most`. */
export function backoffSeconds(failures: number, first = 0.25, most = 5): number {
  return Math.min(most, first * 2 ** Math.max(0, failures - 1));
}

/**
 * Whether the `failures`-th failure in a row is worth a line in the log: a restart of the other side is ordinary and
 * over in a few attempts; what lasts is said, and said again every few minutes.
 */
export function isWorthALine(failures: number): boolean {
  return failures === 5 || failures % 60 === 0;
}

/** Resolves after so many seconds, or at once when `cancel` fires. */
export function pause(seconds: number, cancel?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (cancel?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      cancel?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    cancel?.addEventListener("abort", done);
  });
}

/** Works and then pauses, over and over until `cancel` fires. What `work` throws ends it. */
export async function repeatEvery(
  seconds: number,
  cancel: AbortSignal,
  work: () => void | Promise<void>,
): Promise<void> {
  while (!cancel.aborted) {
    await work();
    await pause(seconds, cancel);
  }
}
