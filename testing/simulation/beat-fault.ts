import { SeededRandom } from "../kills/seeded-random.ts";

/** What becomes of a beat on its way. Seconds. */
export type BeatFault =
  | { kind: "none" | "lost" | "aborted" | "twice" }
  | { kind: "late" | "again"; afterSeconds: number };

/** Nothing arrives later than this. */
export const latestSeconds = 60;

/** For one play: the n-th answer is for its n-th beat. */
export function beatFaults(seed: number, mostSeconds = latestSeconds): () => BeatFault {
  const random = new SeededRandom(seed);
  return () => {
    const dice = random.next();
    const afterSeconds = random.between(5, Math.max(6, mostSeconds));
    if (dice < 0.05) return { kind: "lost" };
    if (dice < 0.08) return { kind: "aborted" };
    if (dice < 0.12) return { kind: "twice" };
    if (dice < 0.15) return { kind: "again", afterSeconds };
    if (dice < 0.2) return { kind: "late", afterSeconds };
    return { kind: "none" };
  };
}
