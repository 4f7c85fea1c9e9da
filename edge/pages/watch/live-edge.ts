import type { PlaybackMode } from "./playback-engine.ts";

/** Seconds behind the place where live viewers are; 0 when at it, or when nobody can say. */
export function secondsBehind(position: number, livePosition: number | null): number {
  if (livePosition === null || !Number.isFinite(livePosition)) return 0;
  return Math.max(0, livePosition - position);
}

/** Small differences come and go with every segment and are nobody's business. */
export function isBehind(behindSeconds: number, latencyMode: PlaybackMode): boolean {
  return behindSeconds > (latencyMode === "low" ? 3 : 5);
}

/**
 * Whether to jump to live without being asked: someone who never chose to look back fell far behind through a bad
 * network, not by wish.
 */
export function shouldCatchUp(behindSeconds: number, choseToLookBack: boolean, isPlaying: boolean): boolean {
  return isPlaying && !choseToLookBack && behindSeconds > 15;
}

/**
 * Whether a picture that stands still has come to the end of its recording: where sound ends a tenth of a second before
 * the picture, browsers wait for more of it and never say that it is over.
 */
export function isAtEnd(position: number, end: number | null): boolean {
  return end !== null && end - position < 0.5;
}

/** The latency as a hint, for example "6 s behind the stage"; empty when not known. */
export function describeLatency(latencySeconds: number | null): string {
  if (latencySeconds === null || !Number.isFinite(latencySeconds) || latencySeconds <= 0) return "";
  if (latencySeconds > 600) return "";
  return `${Math.round(latencySeconds)} s delay`;
}
