/** When the pictures of a piece of fragmented MP4 are shown, read from its boxes: tools shift them by what one file holds. */
import { childBoxes, findBox } from "../../media-sidecar/packager/box-framer.ts";
import { parseMovieFragment } from "../../media-sidecar/packager/movie-fragment.ts";
import { parseMovieHeader, type Track } from "../../media-sidecar/packager/movie-header.ts";

export type { Track };

export interface MediaTimes {
  /** Of the first picture, on the media's own clock. */
  readonly startMs: number;
  /** From its decoding to that of what comes next. */
  readonly seconds: number;
  /** It begins with a keyframe. */
  readonly independent: boolean;
}

/** Of an EXT-X-MAP's file. */
export function readTracks(init: Buffer): Track[] {
  return parseMovieHeader(findBox(init, "moov")!);
}

/** By its pictures, or by its sound where it has none. */
export function readMediaTimes(tracks: readonly Track[], media: Buffer): MediaTimes {
  const lead = tracks.some(({ kind }) => kind === "video") ? "video" : "audio";
  const timings = [...childBoxes(media)]
    .filter(({ type }) => type === "moof")
    .flatMap(({ body }) => parseMovieFragment(body, tracks))
    .filter(({ kind }) => kind === lead);
  const first = timings[0];
  const last = timings.at(-1);
  if (first === undefined || last === undefined) throw new Error("no pictures");
  return {
    startMs: first.startMs,
    seconds: (last.nextMs - first.decodeMs) / 1000,
    independent: first.keyframe,
  };
}
