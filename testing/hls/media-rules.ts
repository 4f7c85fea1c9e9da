/** What must hold of the media that a playlist names. */

import type { Fault } from "./fault.ts";
import type { ListedSegment, MediaPlaylist } from "./media-playlist-reader.ts";
import { isLastOfRun } from "./media-playlist-rules.ts";
import { type MediaTimes, readMediaTimes, readTracks, type Track } from "./media-times.ts";
import type { PlaylistClient } from "./playlist-client.ts";

/** A frame at 15 a second, the slowest that tests publish. */
const frameSeconds = 0.07;
/** RTMP counts milliseconds, and pictures are decoded and shown on clocks that are rounded apart. */
const clockMs = 2;

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
    faults.push(...(await partFaults(client, playlist, segment, bytes)));
  }
  if (playlist.open !== null) faults.push(...(await partFaults(client, playlist, playlist.open, null)));
  return { faults, times };
}

/**
 * Parts can be fetched, are what they are said to be, and together are their segment (§3.2). A part may last longer than
 * is said, where PART-TARGET allows to say no more; those behind it are then said to be so much longer.
 */
async function partFaults(
  client: PlaylistClient,
  { partTarget }: MediaPlaylist,
  segment: ListedSegment,
  whole: Buffer | null,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  const pieces: Buffer[] = [];
  let untoldMs = 0;
  for (const part of segment.parts) {
    const bytes = await client.bytes(part.uri);
    pieces.push(bytes);
    const read = await readMedia(client, segment, bytes);
    untoldMs += 1000 * (read.seconds - part.seconds);
    const isFull = part.seconds === partTarget;
    if (untoldMs < -clockMs || (untoldMs > clockMs && !isFull))
      faults.push({
        section: "4.4.4.9",
        says: `${part.uri} lasts ${read.seconds} s and is said to last ${part.seconds}: ${untoldMs} ms are not told of`,
      });
    if (part.independent && !read.independent)
      faults.push({ section: "4.4.4.9", says: `${part.uri} is said to be independent` });
  }
  if (whole !== null && pieces.length > 0 && !Buffer.concat(pieces).equals(whole))
    faults.push({ section: "3.2", says: `the parts of segment ${segment.sequence} are not the segment` });
  return faults;
}

const headers = new Map<string, Track[]>();

async function readMedia(client: PlaylistClient, { map }: ListedSegment, bytes: Buffer): Promise<MediaTimes> {
  if (map === null) throw new Error("no EXT-X-MAP applies");
  const tracks = headers.get(map) ?? readTracks(await client.bytes(map));
  headers.set(map, tracks);
  return readMediaTimes(tracks, bytes);
}

/** §6.2.4: matching content has matching timestamps: every rendition's segment begins with the same picture. */
export function timestampFaults(rungs: readonly (readonly SegmentTimes[])[]): Fault[] {
  const [first = [], ...others] = rungs;
  return others.flatMap((other, index) =>
    other.flatMap(({ sequence, startMs }) => {
      const match = first.find((segment) => segment.sequence === sequence);
      if (match === undefined || Math.abs(match.startMs - startMs) <= clockMs) return [];
      return [
        {
          section: "6.2.4",
          says: `segment ${sequence} begins at ${match.startMs} and, in rendition ${index + 1}, at ${startMs} ms`,
        },
      ];
    }),
  );
}
