import { BoxFramer } from "../packager/box-framer.ts";
import { parseMovieFragment } from "../packager/movie-fragment.ts";
import { parseMovieHeader, type Track } from "../packager/movie-header.ts";

const headerBytes = 8;

/** When fragments of a fragmented MP4 begin that a player can begin with, in milliseconds. Throws RangeError when it is none. */
export function trialKeyframes(media: Buffer): number[] {
  const times: number[] = [];
  let tracks: Track[] = [];
  const framer = new BoxFramer(({ type, pieces }) => {
    const body = () => Buffer.concat(pieces).subarray(headerBytes);
    if (type === "moov") tracks = parseMovieHeader(body());
    if (type !== "moof") return;
    const picture = parseMovieFragment(body(), tracks).find(({ kind }) => kind === "video");
    if (picture?.keyframe) times.push(picture.startMs);
  });
  framer.push(media);
  return times;
}
