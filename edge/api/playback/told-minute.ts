import type { BeatClaims } from "../../auth/beat-token.ts";
import type { PlaybackBeat } from "../../protocol/streams.ts";
import type { ViewingDevice } from "./viewing-device.ts";

/** What the beats of one play came to in one minute of the server's clock: a row of `play_minutes` to be. Never changed. */
export interface ToldMinute extends BeatClaims, ViewingDevice {
  readonly playId: string;
  /** Its beginning, and when its first and its newest beat came; milliseconds since 1970. */
  readonly minute: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly beat: number;
  readonly playing: boolean;
  readonly ended: boolean;
  readonly playedSeconds: number;
  readonly stalls: number;
  readonly stallSeconds: number;
  readonly errors: number;
  readonly latencySeconds: number | null;
  readonly renditions: Readonly<Record<string, number>>;
  readonly joinMs: number | null;
}

/** One beat that came at `at`. No clock but the server's has a part in it. */
export function toldMinute(
  { streamId, viewerId, generation }: BeatClaims,
  told: PlaybackBeat,
  { device, browser }: ViewingDevice,
  at: number,
): ToldMinute {
  // Field by field, here and below: spread, an object of this size takes ten times as long.
  return {
    streamId,
    viewerId,
    generation,
    device,
    browser,
    playId: told.playId,
    minute: at - (at % 60_000),
    firstAt: at,
    lastAt: at,
    beat: told.beat,
    playing: told.playing,
    ended: told.ended,
    playedSeconds: told.playedSeconds,
    stalls: told.stalls,
    stallSeconds: told.stallSeconds,
    errors: told.errors,
    latencySeconds: told.latencySeconds ?? null,
    renditions: told.renditions,
    joinMs: told.joinMs ?? null,
  };
}

/**
 * Both accounts of one play's minute in one: the same whatever the order, and however often either is told. How it
 * stands is said by the beat with the highest number, or of the same beat told twice, the one that came first;
 * counters only grow.
 */
export function joinMinutes(one: ToldMinute, other: ToldMinute): ToldMinute {
  const newest = isNewer(other, one) ? other : one;
  const first = other.firstAt < one.firstAt ? other : one;
  return {
    streamId: one.streamId,
    viewerId: one.viewerId,
    generation: Math.max(one.generation, other.generation),
    device: first.device,
    browser: first.browser,
    playId: one.playId,
    minute: one.minute,
    firstAt: first.firstAt,
    lastAt: newest.lastAt,
    beat: newest.beat,
    playing: newest.playing,
    ended: newest.ended,
    playedSeconds: Math.max(one.playedSeconds, other.playedSeconds),
    stalls: Math.max(one.stalls, other.stalls),
    stallSeconds: Math.max(one.stallSeconds, other.stallSeconds),
    errors: Math.max(one.errors, other.errors),
    latencySeconds: newest.latencySeconds,
    renditions: newest.renditions,
    joinMs: leastKnown(one.joinMs, other.joinMs),
  };
}

function isNewer(one: ToldMinute, other: ToldMinute): boolean {
  return one.beat > other.beat || (one.beat === other.beat && one.lastAt < other.lastAt);
}

function leastKnown(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
