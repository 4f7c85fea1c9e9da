/** Single pictures out of segments, without reading the rest of them. */
import { open } from "node:fs/promises";
import { childBoxes } from "../../packager/box-framer.ts";
import { readBody, scanBoxes } from "../../packager/box-scanner.ts";
import { parseMovieHeader, type Track } from "../../packager/movie-header.ts";
import { readFragmentSamples } from "../movie/fragment-samples.ts";
import { trackId } from "../movie/movie-builder.ts";
import { avcConfigurationOf } from "../movie/parameters.ts";

/** How to read pictures that belong to one init segment. */
export interface PictureFormat {
  readonly track: Track;
  readonly lengthBytes: number;
  /** Each behind a start code. */
  readonly parameterSets: Buffer;
}

const startCode = Buffer.from([0, 0, 0, 1]);

/** Body of a `moov`. Null where its picture is not H.264. */
export function pictureFormat(moov: Buffer): PictureFormat | null {
  const track = parseMovieHeader(moov).find(({ kind }) => kind === "video");
  const trak = [...childBoxes(moov)].find(({ type, body }) => type === "trak" && trackId(body) === track?.id);
  const configuration = trak === undefined ? null : avcConfigurationOf(trak.body);
  if (track === undefined || configuration === null) return null;
  return { track, lengthBytes: (configuration[4]! & 3) + 1, parameterSets: parameterSets(configuration) };
}

/** SPS and PPS of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1). */
function parameterSets(configuration: Buffer): Buffer {
  const sets: Buffer[] = [];
  let at = 5;
  for (const mask of [0x1f, 0xff]) {
    const count = configuration.readUInt8(at++) & mask;
    for (let index = 0; index < count; index++) {
      const length = configuration.readUInt16BE(at);
      sets.push(startCode, configuration.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return Buffer.concat(sets);
}

/** The segment's first picture that needs no other, as a byte stream (H.264 Annex B) of its own; null without one. */
export async function readKeyframe(
  path: string,
  { track, lengthBytes, parameterSets }: PictureFormat,
): Promise<Buffer | null> {
  const file = await open(path, "r");
  try {
    for (const moof of await scanBoxes(file)) {
      if (moof.type !== "moof") continue;
      for (const { offset, samples } of readFragmentSamples(await readBody(file, moof), [track])) {
        if (!samples[0]?.sync) continue;
        const picture = Buffer.alloc(samples[0].bytes);
        const { bytesRead } = await file.read(picture, 0, picture.length, moof.at + offset);
        return bytesRead < picture.length
          ? null
          : Buffer.concat([parameterSets, asByteStream(picture, lengthBytes)]);
      }
    }
    return null;
  } finally {
    await file.close();
  }
}

/** Lengths before NAL units become start codes. */
function asByteStream(sample: Buffer, lengthBytes: number): Buffer {
  const units: Buffer[] = [];
  for (let at = 0; at + lengthBytes <= sample.length; ) {
    const length = sample.readUIntBE(at, lengthBytes);
    at += lengthBytes;
    units.push(startCode, sample.subarray(at, at + length));
    at += length;
  }
  return Buffer.concat(units);
}
