/** Which recordings go because they are too old, or because all of them together are too large. Pure. */

export interface RetentionSettings {
  /** Null: for ever. */
  readonly keepDays: number | null;
  /** Null: as many as there is room for. */
  readonly mostBytes: number | null;
}

export interface Retained {
  readonly recordingId: string;
  /** Null while it is made. */
  readonly endedAtMs: number | null;
  readonly bytes: number;
  /** The only copy that is to be had: one in a bucket is not verified yet. */
  readonly needed: boolean;
}

const dayMs = 24 * 3600 * 1000;

/** Oldest first; never one that is being recorded, made into files or uploaded. */
export function outdated(all: readonly Retained[], nowMs: number, settings: RetentionSettings): string[] {
  const { keepDays, mostBytes } = settings;
  let bytes = all.reduce((sum, each) => sum + each.bytes, 0);
  const finished = all
    .flatMap((each) =>
      each.endedAtMs === null || each.needed ? [] : [{ ...each, endedAtMs: each.endedAtMs }],
    )
    .sort((a, b) => a.endedAtMs - b.endedAtMs);
  const gone: string[] = [];
  for (const { recordingId, endedAtMs, bytes: own } of finished) {
    const isOld = keepDays !== null && nowMs - endedAtMs > keepDays * dayMs;
    if (!isOld && (mostBytes === null || bytes <= mostBytes)) continue;
    gone.push(recordingId);
    bytes -= own;
  }
  return gone;
}
