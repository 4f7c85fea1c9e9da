/** What the ladder must know of an H.264 sequence parameter set (ITU-T H.264 §7.3.2.1.1, Annex E). */
import { BitReader } from "./bit-reader.ts";

export interface SequenceParameters {
  readonly profile: number;
  readonly constraints: number;
  readonly level: number;
  /** 1 is 4:2:0, the only one that every browser decodes. */
  readonly chromaFormat: number;
  readonly bitDepth: number;
  /** After frame cropping, in pixels as stored. */
  readonly width: number;
  readonly height: number;
  /** Width of a pixel over its height; 1 when square or unsaid. */
  readonly pixelAspect: number;
  readonly interlaced: boolean;
  /** Of the VUI timing; null when absent. A hint: many encoders leave or lie. */
  readonly frameRate: number | null;
}

const profilesWithChroma = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const extendedSar = 255;
/** Table E-1, aspect_ratio_idc 0 to 16. */
const pixelAspects = [
  1,
  1,
  12 / 11,
  10 / 11,
  16 / 11,
  40 / 33,
  24 / 11,
  20 / 11,
  32 / 11,
  80 / 33,
  18 / 11,
  15 / 11,
  64 / 33,
  160 / 99,
  4 / 3,
  3 / 2,
  2,
];

/** `unit` is the NAL unit with its one-byte header. Throws RangeError when it is cut short or senseless. */
export function parseSequenceParameters(unit: Buffer): SequenceParameters {
  const reader = new BitReader(withoutEmulationPrevention(unit.subarray(1)));
  const profile = reader.bits(8);
  const constraints = reader.bits(8);
  const level = reader.bits(8);
  reader.unsigned();
  let chromaFormat = 1;
  let bitDepth = 8;
  let separatePlanes = false;
  if (profilesWithChroma.has(profile)) {
    chromaFormat = reader.unsigned();
    if (chromaFormat === 3) separatePlanes = reader.bit() === 1;
    bitDepth = 8 + Math.max(reader.unsigned(), reader.unsigned());
    reader.bit();
    if (reader.bit() === 1) skipScalingLists(reader, chromaFormat === 3 ? 12 : 8);
  }
  reader.unsigned();
  skipPictureOrder(reader);
  reader.unsigned();
  reader.bit();
  const widthInBlocks = reader.unsigned() + 1;
  const heightInUnits = reader.unsigned() + 1;
  const framesOnly = reader.bit() === 1;
  if (!framesOnly) reader.bit();
  reader.bit();
  const crop = reader.bit() === 1 ? readCrop(reader) : { left: 0, right: 0, top: 0, bottom: 0 };
  // Equations 7-19 to 7-22: crops count in chroma samples, and in pairs of lines where fields are possible.
  const cropX = chromaFormat === 0 || separatePlanes || chromaFormat === 3 ? 1 : 2;
  const cropY = (chromaFormat === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
  const width = widthInBlocks * 16 - cropX * (crop.left + crop.right);
  const height = heightInUnits * 16 * (framesOnly ? 1 : 2) - cropY * (crop.top + crop.bottom);
  if (width <= 0 || height <= 0) throw new RangeError("the picture is cropped to nothing");
  const usability = reader.bit() === 1 ? readUsability(reader) : { pixelAspect: 1, frameRate: null };
  return {
    profile,
    constraints,
    level,
    chromaFormat,
    bitDepth,
    width,
    height,
    interlaced: !framesOnly,
    ...usability,
  };
}

/** §7.4.1.1: the 3 of 00 00 03 is not data. */
function withoutEmulationPrevention(data: Buffer): Buffer {
  const result = Buffer.allocUnsafe(data.length);
  let length = 0;
  let zeros = 0;
  for (const byte of data) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    result[length++] = byte;
  }
  return result.subarray(0, length);
}

function skipScalingLists(reader: BitReader, count: number): void {
  for (let list = 0; list < count; list++) {
    if (reader.bit() === 0) continue;
    let next = 8;
    let last = 8;
    for (let index = 0; index < (list < 6 ? 16 : 64); index++) {
      if (next !== 0) next = (last + reader.signed() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

function skipPictureOrder(reader: BitReader): void {
  const type = reader.unsigned();
  if (type === 0) {
    reader.unsigned();
  } else if (type === 1) {
    reader.bit();
    reader.signed();
    reader.signed();
    const count = reader.unsigned();
    if (count > 255) throw new RangeError("a picture order cycle is too long");
    for (let index = 0; index < count; index++) reader.signed();
  }
}

function readCrop(reader: BitReader) {
  return {
    left: reader.unsigned(),
    right: reader.unsigned(),
    top: reader.unsigned(),
    bottom: reader.unsigned(),
  };
}

function readUsability(reader: BitReader): { pixelAspect: number; frameRate: number | null } {
  let pixelAspect = 1;
  if (reader.bit() === 1) {
    const index = reader.bits(8);
    if (index === extendedSar) {
      const width = reader.bits(16);
      const height = reader.bits(16);
      if (width > 0 && height > 0) pixelAspect = width / height;
    } else {
      pixelAspect = pixelAspects[index] ?? 1;
    }
  }
  if (reader.bit() === 1) reader.bit();
  if (reader.bit() === 1) {
    reader.bits(4);
    if (reader.bit() === 1) reader.bits(24);
  }
  if (reader.bit() === 1) {
    reader.unsigned();
    reader.unsigned();
  }
  if (reader.bit() === 0) return { pixelAspect, frameRate: null };
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  const frameRate = unitsInTick > 0 && timeScale > 0 ? timeScale / (2 * unitsInTick) : null;
  return { pixelAspect, frameRate };
}
