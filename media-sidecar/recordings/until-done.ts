/** Work for another machine that may be away: tried again and again, less and less often. */
import { backoffSeconds, pause } from "../edge-client/repeat.ts";

/** Between attempts. */
export interface Patience {
  readonly firstSeconds: number;
  readonly mostSeconds: number;
}

/** Resolves when `work` has, or `signal` fires; `onFailure` hears of each failure and how many there were. */
export async function untilDone(
  work: () => Promise<void>,
  {
    signal,
    patience,
    onFailure,
  }: {
    signal: AbortSignal;
    patience: Patience;
    onFailure(error: unknown, failures: number): Promise<void> | void;
  },
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      await work();
      return;
    } catch (error) {
      if (signal.aborted) return;
      await onFailure(error, failures);
      await pause(backoffSeconds(failures, patience.firstSeconds, patience.mostSeconds), signal);
    }
  }
}
