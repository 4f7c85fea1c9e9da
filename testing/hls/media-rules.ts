/** What must hold of the media that a playlist names. */

import { childBoxes, findBox } from "../../media-sidecar/packager/box-framer.ts";
import { parseMovieFragment } from "../../media-sidecar/packager/movie-fragment.ts";
import { parseMovieHeader } from "../../media-sidecar/packager/movie-header.ts";
import type { Fault } from "./fault.ts";
import type { ListedSegment, MediaPlaylist } from "./media-playlist-reader.ts";
import { isLastOfRun } from "./media-playlist-rules.ts";
import type { PlaylistClient } from "./playlist-client.ts";

/** A frame at 15 a second, the slowest that tests publish. */
const frameSeconds = 0.07;

export interface SegmentTimes {
  readonly sequence: number;
  /** Of the first picture, on the media's own clock. */
  readonly startMs: number;
}

/** Every segment with parts, and the newest of the others: fetched, and compared with what the playlist says. */
export async function mediaFaults(
  client: PlaylistClient,
  playlist: MediaPlaylist,
): Promise<{ faults: Fault[]; times: SegmentTimes[] }> {
  const faults: Fault[] = [];
  const times: SegmentTimes[] = [];
  const whole = playlist.segments.slice(-6);
  for (const segment of whole) {
    const bytes = await client.bytes(segment.uri);
    const read = await readMedia(client, segment, bytes);
    if (!read.independent)
      faults.push({ section: "4.4.2.1", says: `${segment.uri} does not begin with a keyframe` });
    times.push({ sequence: segment.sequence, startMs: read.startMs });
    const tolerance = isLastOfRun(playlist, segment.sequence) ? 4 * frameSeconds : frameSeconds;
    if (Math.abs(read.seconds - segment.seconds) > tolerance)
      faults.push({
        section: "4.4.4.1",
        says: `${segment.uri} lasts ${read.seconds} s and is said to last ${segment.seconds}`,
      });
    faults.push(...(await partFaults(client, segment, bytes)));
  }
  if (playlist.open !== null) faults.push(...(await partFaults(client, playlist.open, null)));
  return { faults, times };
}

/** Parts can be fetched, are what they are said to be, and together are their segment (§3.2). */
async function partFaults(
  client: PlaylistClient,
  segment: ListedSegment,
  whole: Buffer | null,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  const pieces: Buffer[] = [];
  for (const part of segment.parts) {
    const bytes = await client.bytes(part.uri);
    pieces.push(bytes);
    const read = await readMedia(client, segment, bytes);
    if (Math.abs(read.seconds - part.seconds) > frameSeconds)
      faults.push({
        section: "4.4.4.9",
        says: `${part.uri} lasts ${read.seconds} s and is said to last ${part.seconds}`,
      });
    if (part.independent && !read.independent)
      faults.push({ section: "4.4.4.9", says: `${part.uri} is said to be independent` });
  }
  if (whole !== null && pieces.length > 0 && !Buffer.concat(pieces).equals(whole))
    faults.push({ section: "3.2", says: `the parts of segment ${segment.sequence} are not the segment` });
  return faults;
}

const headers = new Map<string, ReturnType<typeof parseMovieHeader>>();

/** By its pictures, or by its sound where it has none. */
async function readMedia(client: PlaylistClient, { map }: ListedSegment, bytes: Buffer) {
  if (map === null) throw new Error("no EXT-X-MAP applies");
  const tracks = headers.get(map) ?? parseMovieHeader(findBox(await client.bytes(map), "moov")!);
  headers.set(map, tracks);
  const lead = tracks.some(({ kind }) => kind === "video") ? "video" : "audio";
  const timings = [...childBoxes(bytes)]
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

/** §6.2.4: matching content has matching timestamps. */
export function timestampFaults(rungs: readonly (readonly SegmentTimes[])[]): Fault[] {
  const [first = [], ...others] = rungs;
  return others.flatMap((other, index) =>
    other.flatMap(({ sequence, startMs }) => {
      const match = first.find((segment) => segment.sequence === sequence);
      if (match === undefined || Math.abs(match.startMs - startMs) < 1000 * frameSeconds) return [];
      return [
        {
          section: "6.2.4",
          says: `segment ${sequence} begins at ${match.startMs} and, in rendition ${index + 1}, at ${startMs} ms`,
        },
      ];
    }),
  );
}
