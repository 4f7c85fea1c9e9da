/** What a packager must know of an init segment's `moov` (ISO/IEC 14496-12 §8). */
import { childBoxes, findBox } from "./box-framer.ts";

export interface Track {
  readonly id: number;
  readonly kind: "video" | "audio";
  /** Units of a second in which its times are counted. */
  readonly timescale: number;
  /** For CODECS (RFC 6381): `avc1.640028`, `mp4a.40.2`. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Media time at which presentation begins, of the edit list; 0 without one. Subtract it from media times. */
  readonly editShift: number;
  readonly defaults: SampleDefaults;
}

/** What a fragment's samples are when it does not say (trex, §8.8.3). */
export interface SampleDefaults {
  readonly duration: number;
  readonly flags: number;
}

/** `moov` without its header. Tracks of other kinds are left out; throws when one of ours cannot be read. */
export function parseMovieHeader(moov: Buffer): Track[] {
  const defaults = new Map<number, SampleDefaults>();
  const extends_ = findBox(moov, "mvex");
  for (const box of extends_ === null ? [] : childBoxes(extends_)) {
    if (box.type !== "trex") continue;
    defaults.set(box.body.readUInt32BE(4), {
      duration: box.body.readUInt32BE(12),
      flags: box.body.readUInt32BE(20),
    });
  }
  const tracks: Track[] = [];
  for (const box of childBoxes(moov)) {
    if (box.type !== "trak") continue;
    const track = parseTrack(box.body, defaults);
    if (track !== null) tracks.push(track);
  }
  return tracks;
}

function parseTrack(trak: Buffer, defaults: ReadonlyMap<number, SampleDefaults>): Track | null {
  const handler = require(trak, "mdia", "hdlr").toString("latin1", 8, 12);
  const kind = handler === "vide" ? "video" : handler === "soun" ? "audio" : null;
  if (kind === null) return null;
  const header = require(trak, "tkhd");
  const id = header.readUInt32BE(header[0] === 1 ? 20 : 12);
  const mediaHeader = require(trak, "mdia", "mdhd");
  const timescale = mediaHeader.readUInt32BE(mediaHeader[0] === 1 ? 20 : 12);
  const descriptions = require(trak, "mdia", "minf", "stbl", "stsd");
  const [entry] = childBoxes(descriptions.subarray(8));
  if (entry === undefined || timescale === 0) throw new Error("a track without a description");
  return {
    id,
    kind,
    timescale,
    codec: kind === "video" ? videoCodec(entry.body) : audioCodec(entry.body),
    width: kind === "video" ? entry.body.readUInt16BE(24) : 0,
    height: kind === "video" ? entry.body.readUInt16BE(26) : 0,
    editShift: editShift(findBox(trak, "edts", "elst")),
    defaults: defaults.get(id) ?? { duration: 0, flags: 0 },
  };
}

function require(body: Buffer, ...path: string[]): Buffer {
  const found = findBox(body, ...path);
  if (found === null) throw new Error(`no ${path.join("/")} box`);
  return found;
}

const visualEntryBytes = 78;
const audioEntryBytes = 28;

/** Of avcC (ISO/IEC 14496-15 §5.3.3.1): profile, constraints, level. */
function videoCodec(entry: Buffer): string {
  const configuration = require(entry.subarray(visualEntryBytes), "avcC");
  return `avc1.${configuration.toString("hex", 1, 4)}`;
}

const esDescriptorTag = 3;
const decoderConfigTag = 4;
const decoderSpecificTag = 5;

/** Of esds (ISO/IEC 14496-1 §7.2.6): object type indication, and for 0x40 the audio object type behind it. */
function audioCodec(entry: Buffer): string {
  const descriptor = require(entry.subarray(audioEntryBytes), "esds");
  let at = 4;
  const open = (tag: number) => {
    if (descriptor.readUInt8(at++) !== tag) throw new Error("esds is not as it should be");
    // The length takes a byte for each seven bits.
    while ((descriptor.readUInt8(at++) & 0x80) !== 0);
  };
  open(esDescriptorTag);
  const flags = descriptor.readUInt8(at + 2);
  at += 3 + (flags & 0x80 ? 2 : 0);
  if (flags & 0x40) at += 1 + descriptor.readUInt8(at);
  if (flags & 0x20) at += 2;
  open(decoderConfigTag);
  const indication = descriptor.readUInt8(at);
  at += 13;
  if (indication !== 0x40) return `mp4a.${indication.toString(16).padStart(2, "0")}`;
  open(decoderSpecificTag);
  const objectType = descriptor.readUInt8(at) >> 3;
  const escaped = 32 + (((descriptor.readUInt8(at) & 7) << 3) | (descriptor.readUInt8(at + 1) >> 5));
  return `mp4a.40.${objectType === 31 ? escaped : objectType}`;
}

/** The media time of the first edit that is not empty (§8.6.6). */
function editShift(list: Buffer | null): number {
  if (list === null) return 0;
  const long = list[0] === 1;
  const count = list.readUInt32BE(4);
  for (let index = 0; index < count; index++) {
    const at = 8 + index * (long ? 20 : 12);
    const mediaTime = long ? Number(list.readBigInt64BE(at + 8)) : list.readInt32BE(at + 4);
    if (mediaTime >= 0) return mediaTime;
  }
  return 0;
}
