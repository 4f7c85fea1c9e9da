/** Reads every sample that a `moof` lists (ISO/IEC 14496-12 §8.8.7 and §8.8.8), as our packager's FFmpeg writes them. */
import { childBoxes, findBox } from "../../packager/box-framer.ts";
import type { Track } from "../../packager/movie-header.ts";

export interface FragmentSample {
  readonly bytes: number;
  /** In the track's units. */
  readonly duration: number;
  readonly compositionOffset: number;
  /** It needs no other to be decoded. */
  readonly sync: boolean;
}

/** Samples of one track that lie behind each other in the file. */
export interface SampleRun {
  readonly trackId: number;
  /** Of the first sample, in the track's units. */
  readonly decodeTime: number;
  /** Of the first sample's bytes, from the beginning of the `moof`. */
  readonly offset: number;
  readonly samples: readonly FragmentSample[];
}

const nonSync = 0x10000;

/** `moof` without its header. Tracks that are not in `tracks` are left out; throws when offsets are not from the `moof`. */
export function readFragmentSamples(moof: Buffer, tracks: readonly Track[]): SampleRun[] {
  const runs: SampleRun[] = [];
  for (const { type, body } of childBoxes(moof)) if (type === "traf") readTrackFragment(body, tracks, runs);
  return runs;
}

function readTrackFragment(traf: Buffer, tracks: readonly Track[], runs: SampleRun[]): void {
  const header = findBox(traf, "tfhd");
  const time = findBox(traf, "tfdt");
  if (header === null || time === null) throw new Error("a track fragment without its time");
  const track = tracks.find(({ id }) => id === header.readUInt32BE(4));
  if (track === undefined) return;
  const defaults = readDefaults(header, track);
  let decodeTime = time[0] === 1 ? Number(time.readBigUInt64BE(4)) : time.readUInt32BE(4);
  for (const { type, body } of childBoxes(traf)) {
    if (type !== "trun") continue;
    const { offset, samples } = readRun(body, defaults);
    runs.push({ trackId: track.id, decodeTime, offset, samples });
    for (const { duration } of samples) decodeTime += duration;
  }
}

interface Defaults {
  readonly duration: number;
  readonly size: number;
  readonly flags: number;
}

function readDefaults(header: Buffer, track: Track): Defaults {
  const present = header.readUIntBE(1, 3);
  if (present & 0x1) throw new Error("offsets are not counted from the fragment");
  let at = 8;
  const take = (flag: number, otherwise: number) => {
    if (!(present & flag)) return otherwise;
    at += 4;
    return header.readUInt32BE(at - 4);
  };
  take(0x2, 0);
  const duration = take(0x8, track.defaults.duration);
  const size = take(0x10, 0);
  return { duration, size, flags: take(0x20, track.defaults.flags) };
}

function readRun(run: Buffer, defaults: Defaults): { offset: number; samples: FragmentSample[] } {
  const version = run.readUInt8(0);
  const present = run.readUIntBE(1, 3);
  const count = run.readUInt32BE(4);
  if (!(present & 0x1)) throw new Error("a track run without its place");
  const offset = run.readInt32BE(8);
  let at = 12;
  const firstFlags = present & 0x4 ? run.readUInt32BE(at) : null;
  if (firstFlags !== null) at += 4;
  const take = (flag: number, otherwise: number) => {
    if (!(present & flag)) return otherwise;
    at += 4;
    return run.readUInt32BE(at - 4);
  };
  const samples: FragmentSample[] = [];
  for (let index = 0; index < count; index++) {
    const duration = take(0x100, defaults.duration);
    const bytes = take(0x200, defaults.size);
    const own = take(0x400, defaults.flags);
    const composition = take(0x800, 0);
    const flags = index === 0 && firstFlags !== null ? firstFlags : own;
    const compositionOffset = version === 0 ? composition : composition | 0;
    samples.push({ bytes, duration, compositionOffset, sync: (flags & nonSync) === 0 });
  }
  return { offset, samples };
}
