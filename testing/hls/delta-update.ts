/** A client's side of Playlist Delta Updates (RFC 8216bis §6.3.7): what was skipped is known from before. */
import type { MediaPlaylist } from "./media-playlist-reader.ts";

export type Merged = Pick<MediaPlaylist, "mediaSequence" | "segments" | "open">;

/** Null when the version known before does not reach to where the update begins: the client asks for all of it. */
export function mergeDelta(known: Merged, delta: MediaPlaylist): Merged | null {
  if (delta.skipped === null) return delta;
  const from = delta.mediaSequence + delta.skipped;
  const kept = known.segments.filter(({ sequence }) => sequence >= delta.mediaSequence && sequence < from);
  if (kept.length !== delta.skipped) return null;
  // Skipped parts of the past say nothing more, and what was said of map and discontinuities still stands.
  const last = kept.at(-1)!;
  const before = delta.discontinuitySequence;
  const carried = <T extends { map: string | null; discontinuitySequence: number }>(segment: T): T => ({
    ...segment,
    map: segment.map ?? last.map,
    discontinuitySequence: segment.discontinuitySequence - before + last.discontinuitySequence,
  });
  return {
    mediaSequence: delta.mediaSequence,
    segments: [...kept, ...delta.segments.map(carried)],
    open: delta.open === null ? null : carried(delta.open),
  };
}
