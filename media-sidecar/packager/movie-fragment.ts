/** Reads when the samples of a `moof` are shown (ISO/IEC 14496-12 §8.8.4 to §8.8.12). */
import { childBoxes, findBox } from "./box-framer.ts";
import type { Track } from "./movie-header.ts";

/** Milliseconds on the input's clock, by presentation time: with B-frames, decode time is a frame or two early. */
export interface TrackTiming {
  readonly kind: "video" | "audio";
  /** When the first sample, in decode order, is shown. */
  readonly startMs: number;
  /** When it is decoded. */
  readonly decodeMs: number;
  /** When the last one to be shown ends. */
  readonly endMs: number;
  /** Decode time behind the last sample: where the next fragment goes on. */
  readonly nextMs: number;
  /** The first sample needs no other to be decoded. */
  readonly keyframe: boolean;
}

/** `moof` without its header. Tracks without samples in it are left out. */
export function parseMovieFragment(moof: Buffer, tracks: readonly Track[]): TrackTiming[] {
  const timings: TrackTiming[] = [];
  for (const box of childBoxes(moof)) {
    if (box.type !== "traf") continue;
    const timing = parseTrackFragment(box.body, tracks);
    if (timing !== null) timings.push(timing);
  }
  return timings;
}

const nonSync = 0x10000;

function parseTrackFragment(traf: Buffer, tracks: readonly Track[]): TrackTiming | null {
  const header = findBox(traf, "tfhd");
  const decodeTime = findBox(traf, "tfdt");
  if (header === null || decodeTime === null) throw new Error("a track fragment without its time");
  const track = tracks.find(({ id }) => id === header.readUInt32BE(4));
  if (track === undefined) return null;
  const defaults = readDefaults(header, track);
  let time = decodeTime[0] === 1 ? Number(decodeTime.readBigUInt64BE(4)) : decodeTime.readUInt32BE(4);
  const decode = time;
  let start: number | null = null;
  let keyframe = false;
  let end = Number.NEGATIVE_INFINITY;
  for (const box of childBoxes(traf)) {
    if (box.type !== "trun") continue;
    const run = readRun(box.body, defaults);
    for (let index = 0; index < run.count; index++) {
      const sample = run.sample(index);
      if (start === null) {
        start = time + sample.compositionOffset;
        keyframe = (sample.flags & nonSync) === 0;
      }
      end = Math.max(end, time + sample.compositionOffset + sample.duration);
      time += sample.duration;
    }
  }
  if (start === null) return null;
  const toMs = (units: number) => ((units - track.editShift) * 1000) / track.timescale;
  return {
    kind: track.kind,
    startMs: toMs(start),
    decodeMs: toMs(decode),
    endMs: toMs(end),
    nextMs: toMs(time),
    keyframe,
  };
}

function readDefaults(header: Buffer, track: Track): { duration: number; flags: number } {
  const flags = header.readUIntBE(1, 3);
  let at = 8;
  if (flags & 0x1) at += 8;
  if (flags & 0x2) at += 4;
  let { duration, flags: sampleFlags } = track.defaults;
  if (flags & 0x8) {
    duration = header.readUInt32BE(at);
    at += 4;
  }
  if (flags & 0x10) at += 4;
  if (flags & 0x20) sampleFlags = header.readUInt32BE(at);
  return { duration, flags: sampleFlags };
}

interface Sample {
  readonly duration: number;
  readonly flags: number;
  readonly compositionOffset: number;
}

/** trun, §8.8.8: which fields a sample has is said by flags; composition offsets are signed in version 1 only. */
function readRun(run: Buffer, defaults: { duration: number; flags: number }) {
  const version = run.readUInt8(0);
  const flags = run.readUIntBE(1, 3);
  const count = run.readUInt32BE(4);
  let first = 8;
  if (flags & 0x1) first += 4;
  const firstFlags = flags & 0x4 ? run.readUInt32BE(first) : null;
  if (flags & 0x4) first += 4;
  const durationAt = 0;
  const sizeAt = durationAt + (flags & 0x100 ? 4 : 0);
  const flagsAt = sizeAt + (flags & 0x200 ? 4 : 0);
  const offsetAt = flagsAt + (flags & 0x400 ? 4 : 0);
  const stride = offsetAt + (flags & 0x800 ? 4 : 0);
  if (first + count * stride > run.length) throw new RangeError("a track run is cut short");
  const sample = (index: number): Sample => {
    const at = first + index * stride;
    const ownFlags = flags & 0x400 ? run.readUInt32BE(at + flagsAt) : defaults.flags;
    const offset = flags & 0x800 ? at + offsetAt : null;
    return {
      duration: flags & 0x100 ? run.readUInt32BE(at + durationAt) : defaults.duration,
      flags: index === 0 && firstFlags !== null ? firstFlags : ownFlags,
      compositionOffset:
        offset === null ? 0 : version === 0 ? run.readUInt32BE(offset) : run.readInt32BE(offset),
    };
  };
  return { count, sample };
}
