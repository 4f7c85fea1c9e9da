/** For a moment after its start a sidecar does not know yet which streams a former one had. */
import { setTimeout as pause } from "node:timers/promises";

const patienceMs = 3000;

/** Waits until streams are known; false when that takes longer than anyone should wait for an answer. */
export function restoredStreams(restored: Promise<unknown>): () => Promise<boolean> {
  let known = false;
  const settled = restored.then(() => {
    known = true;
    return true;
  });
  // Whoever restores them meets the failure; here they stay unknown.
  settled.catch(() => {});
  return async () => {
    if (known) return true;
    const enough = new AbortController();
    const late = pause(patienceMs, false, { signal: enough.signal }).catch(() => false);
    const answer = await Promise.race([settled, late]).catch(() => false);
    enough.abort();
    return answer;
  };
}
