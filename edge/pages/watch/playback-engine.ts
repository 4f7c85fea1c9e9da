import type { LatencyMode } from "../../protocol/streams.ts";
import type { PlaybackFault } from "./player-recovery.ts";
import type { Level } from "./quality-levels.ts";

/** `recorded`: begins at its beginning, or where it is told to, and never hurries after an edge. */
export type PlaybackMode = LatencyMode | "recorded";

/** A stretch of the timeline without a gap: from this position on, pictures were made at these instants. */
export interface TimelineRun {
  /** Seconds in the video's own time. */
  position: number;
  durationSeconds: number;
  /** Milliseconds since the epoch, on the clock of `EXT-X-PROGRAM-DATE-TIME`. */
  at: number;
}

/** One loaded stream in one video element, by hls.js or by the browser itself. */
export interface PlaybackEngine {
  readonly levels: Level[];
  /** The level on screen, or -1 while not known. */
  readonly playingLevel: number;
  /** -1 is automatic. */
  readonly chosenLevel: number;
  chooseLevel(index: number): void;
  /** Where a live viewer is, in the video's own time; null while not known. */
  readonly livePosition: number | null;
  /** Where a recording ends, in the video's own time; null while not known, while it grows, and of a live stream. */
  readonly recordedEnd: number | null;
  /** Seconds from the encoder's newest picture to the one on screen; null while not known. */
  readonly latencySeconds: number | null;
  /** In order; empty while not known, or where the browser does not tell. */
  readonly timeline: TimelineRun[];
  resumeLoading(): void;
  recoverMedia(): void;
  /** From here on playlists are asked for with this token. */
  useToken(token: string | null): void;
  /** Frees the video element. */
  destroy(): void;
}

export interface EngineEvents {
  /** The engine cannot go on by itself. */
  faulted(fault: PlaybackFault): void;
  /** Playlists are refused with the present token. Resolves when another was given, or there is none to have. */
  tokenRefused(): Promise<void>;
  /** Levels, or the one on screen, have changed. */
  changed(): void;
}

export interface EngineSettings extends EngineEvents {
  video: HTMLVideoElement;
  url: string;
  latencyMode: PlaybackMode;
  /** Where to begin in a recording, in seconds. */
  startAt: number;
}
