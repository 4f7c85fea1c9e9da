/** Everything that the rules of health look at. */
import type { LatencyMode, StreamSource } from "../../edge/protocol/streams.ts";
import type { SourceInterval } from "./source-observer.ts";
import type { Verdict } from "./warning-state.ts";

export interface StreamCondition {
  readonly latencyMode: LatencyMode;
  /** As the encoder describes itself and as it was measured; null before the first media. */
  readonly source: StreamSource | null;
  /** Since the look before; null while nobody sends. */
  readonly interval: SourceInterval | null;
  /** Messages of it that this machine was too busy to read since the look before. */
  readonly unreadMessages: number;
  /** What the encoder meant to send, picture alone; null when it does not say. */
  readonly announcedKbps: number | null;
  /** Of the intervals of the last minute in which media arrived all the time, the newest last. */
  readonly recentKbps: readonly number[];
  readonly backlogSeconds: number;
  /** How often the encoder's connection was lost in the last ten minutes. */
  readonly lostConnections: number;
  /** Null where nobody knows. */
  readonly disk: DiskCondition | null;
}

export interface DiskCondition {
  readonly freeBytes: number;
  /** With less, recording stops. */
  readonly recordingNeedsBytes: number;
  readonly records: boolean;
}

/** A rule's part in the story: a stable code, how patient it is, and how it judges. */
export interface HealthRule {
  readonly code: string;
  readonly after: number;
  readonly calm: number;
  judge(condition: StreamCondition): Verdict;
}
