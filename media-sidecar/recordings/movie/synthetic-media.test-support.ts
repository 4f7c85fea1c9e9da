/** Boxes as a packager's FFmpeg writes them, of samples that nobody could decode. */
import { box, words } from "../../packager/boxes.test-support.ts";

const avcC = box("avcC", Buffer.from([1, 0x64, 0, 0x28]));
const esds = box("esds", words(0), Buffer.from([3, 8, 0, 2, 0, 4, 3, 0x6b, 0, 0]));

function trak(id: number, handler: string, timescale: number, entry: Buffer): Buffer {
  const description = box("minf", box("stbl", box("stsd", words(0, 1), entry)));
  const media = [box("mdhd", words(0, 0, 0, timescale, 0)), box("hdlr", words(0, 0), Buffer.from(handler))];
  return box(
    "trak",
    box("tkhd", words(0, 0, 0, id, 0), Buffer.alloc(60)),
    box("mdia", ...media, description),
  );
}
/** Body of a `moov` with one picture and one sound track. */
export const moov = (videoScale = 1000) =>
  Buffer.concat([
    trak(1, "vide", videoScale, box("avc1", Buffer.alloc(78), avcC)),
    trak(2, "soun", 1000, box("mp4a", Buffer.alloc(28), esds)),
  ]);

/** `sizes` of samples of `duration`, the first of them a keyframe; their bytes begin `offset` behind the `moof`. */
export function traf(
  id: number,
  time: number,
  duration: number,
  offset: number,
  sizes: number[],
  composition = 0,
): Buffer {
  const samples = sizes.flatMap((size, index) => [
    duration,
    size,
    index === 0 ? 0x02000000 : 0x10000,
    composition,
  ]);
  const run = box("trun", words(0x01000f01, sizes.length, offset, ...samples));
  return box("traf", box("tfhd", words(0x020000, id)), box("tfdt", words(0, time)), run);
}

/** An init segment. */
export const syntheticInit = Buffer.concat([box("ftyp", Buffer.from("isom")), box("moov", moov())]);

/** So many seconds of picture, one sample each, from `startSeconds` on. */
export function syntheticFragment(startSeconds: number, seconds: number): Buffer {
  const samples = Array.from({ length: seconds }, () => 50);
  const moof = (offset: number) => box("moof", traf(1, startSeconds * 1000, 1000, offset, samples));
  return Buffer.concat([moof(moof(0).length + 8), box("mdat", Buffer.alloc(50 * seconds))]);
}
