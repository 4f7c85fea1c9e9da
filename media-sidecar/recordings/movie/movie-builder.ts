/**
 * Puts the fragments of several runs into one movie without fragments (ISO/IEC 14496-12 §8): samples stay as they are, the
 * time between runs is closed, and what was shown together still is.
 */
import { childBoxes, findBox } from "../../packager/box-framer.ts";
import { parseMovieHeader, type Track } from "../../packager/movie-header.ts";
import { box, fullBox, int32, uint32, uint64 } from "./boxes.ts";
import { readFragmentSamples } from "./fragment-samples.ts";
import { SampleTable } from "./sample-table.ts";

/** Of the movie's own clock; a multiple of most frame rates and of 48 kHz. */
const movieTimescale = 48_000;

interface MovieTrack {
  readonly track: Track;
  /** `trak` as the first run described it. */
  readonly source: Buffer;
  readonly samples: SampleTable;
}

export class MovieBuilder {
  readonly #tracks: readonly MovieTrack[];
  /** Of the present run, in the order of ours. */
  #current: readonly Track[];
  /** What turns seconds of the present run into seconds of the movie; null until its first fragment. */
  #shiftSeconds: number | null = null;

  /** `moov` of the first run's init segment, without its header. */
  constructor(moov: Buffer) {
    this.#current = parseMovieHeader(moov);
    const sources = [...childBoxes(moov)].filter(({ type }) => type === "trak").map(({ body }) => body);
    this.#tracks = this.#current.map((track) => {
      const source = sources.find((trak) => trackId(trak) === track.id);
      if (source === undefined) throw new Error("a track that is not there");
      return { track, source, samples: new SampleTable() };
    });
  }

  /** What comes next does not continue what was: another run, or segments were lost. `moov` is the run's own. */
  begin(moov: Buffer): void {
    const tracks = parseMovieHeader(moov);
    this.#current = this.#tracks.flatMap(({ track }) => tracks.find(({ kind }) => kind === track.kind) ?? []);
    this.#shiftSeconds = null;
  }

  /**
   * `moof` without its header. `mediaAt` is how far behind the beginning of the `moof` the payload of its `mdat` begins,
   * `place` is where that payload comes to lie in the movie's.
   */
  add(moof: Buffer, mediaAt: number, place: number): void {
    const runs = readFragmentSamples(moof, this.#current);
    if (runs.length === 0) return;
    const trackOf = (id: number) => this.#current.find((track) => track.id === id)!;
    this.#shiftSeconds ??=
      this.durationSeconds -
      Math.min(...runs.map(({ trackId, decodeTime }) => decodeTime / trackOf(trackId).timescale));
    for (const { trackId, decodeTime, offset, samples } of runs) {
      const source = trackOf(trackId);
      const own = this.#tracks.find(({ track }) => track.kind === source.kind)!;
      const { timescale } = own.track;
      const start = Math.round((decodeTime / source.timescale + this.#shiftSeconds) * timescale);
      own.samples.add(samples, start, place + offset - mediaAt, timescale / source.timescale);
    }
  }

  /** When the last of all tracks has been shown. */
  get durationSeconds(): number {
    return Math.max(0, ...this.#tracks.map(({ track, samples }) => samples.shownEnd / track.timescale));
  }

  /** `payloadAt`: where the payload begins in the file. The length does not depend on it. */
  toMoov(payloadAt: number): Buffer {
    const tracks = this.#tracks.filter(({ samples }) => samples.count > 0);
    // An encoder that is cut off leaves sound and picture of different lengths.
    for (const { track, samples } of tracks)
      samples.extendTo(Math.round(this.durationSeconds * track.timescale));
    const zero = this.#zeroSeconds(tracks);
    const traks = tracks.map((track) => trackBox(track, zero, payloadAt));
    const nextTrackId = Math.max(0, ...tracks.map(({ track }) => track.id)) + 1;
    const duration = Math.max(0, ...tracks.map((track) => shownUnits(track, zero)));
    return box("moov", movieHeader(duration, nextTrackId), ...traks);
  }

  /** The first picture; sound that an encoder puts before it is not played. */
  #zeroSeconds(tracks: readonly MovieTrack[]): number {
    const lead = tracks.find(({ track }) => track.kind === "video") ?? tracks[0];
    return lead === undefined ? 0 : firstShownSeconds(lead);
  }
}

/** Of a `trak` without its header. */
export function trackId(trak: Buffer): number {
  const header = findBox(trak, "tkhd")!;
  return header.readUInt32BE(header[0] === 1 ? 20 : 12);
}

function firstShownSeconds({ track, samples }: MovieTrack): number {
  return (samples.start + samples.firstCompositionOffset) / track.timescale;
}

/** In units of the movie's clock, from its zero. */
function shownUnits({ track, samples }: MovieTrack, zeroSeconds: number): number {
  return Math.max(0, Math.round((samples.end / track.timescale - zeroSeconds) * movieTimescale));
}

/** §8.2.2, with the identity matrix. */
function movieHeader(duration: number, nextTrackId: number): Buffer {
  const fixed = int32(0x10000, 0x1000000, 0, 0, ...identity, 0, 0, 0, 0, 0, 0);
  return fullBox(
    "mvhd",
    1,
    0,
    uint64(0, 0),
    uint32(movieTimescale),
    uint64(duration),
    fixed,
    uint32(nextTrackId),
  );
}

const identity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

function trackBox(movieTrack: MovieTrack, zeroSeconds: number, payloadAt: number): Buffer {
  const { track, source, samples } = movieTrack;
  const media = findBox(source, "mdia")!;
  const information = findBox(media, "minf")!;
  const copied = (parent: Buffer, type: string) => {
    const body = findBox(parent, type);
    return body === null ? [] : [box(type, body)];
  };
  const description = findBox(information, "stbl", "stsd")!;
  const duration = samples.end - samples.start;
  return box(
    "trak",
    trackHeader(source, shownUnits(movieTrack, zeroSeconds)),
    editList(movieTrack, zeroSeconds),
    box(
      "mdia",
      // "und": who speaks what is not known
      fullBox("mdhd", 1, 0, uint64(0, 0), uint32(track.timescale), uint64(duration), uint32(0x55c40000)),
      ...copied(media, "hdlr"),
      box(
        "minf",
        ...copied(information, "vmhd"),
        ...copied(information, "smhd"),
        ...copied(information, "dinf"),
        samples.toBox(box("stsd", description), payloadAt),
      ),
    ),
  );
}

/** §8.3.2: as it was, in its long form and with its duration. */
function trackHeader(source: Buffer, duration: number): Buffer {
  const header = findBox(source, "tkhd")!;
  const rest = header.subarray(header[0] === 1 ? 36 : 24);
  return fullBox("tkhd", 1, 3, uint64(0, 0), uint32(trackId(source), 0), uint64(duration), rest);
}

/** §8.6.6: so that tracks that begin at different times are shown as they were. */
function editList(movieTrack: MovieTrack, zeroSeconds: number): Buffer {
  const { track, samples } = movieTrack;
  const lateSeconds = firstShownSeconds(movieTrack) - zeroSeconds;
  const lateUnits = Math.round(lateSeconds * movieTimescale);
  const mediaTime =
    samples.firstCompositionOffset + (lateUnits < 0 ? Math.round(-lateSeconds * track.timescale) : 0);
  const shown = Math.max(0, shownUnits(movieTrack, zeroSeconds) - Math.max(0, lateUnits));
  const edit = (duration: number, time: number) =>
    Buffer.concat([uint64(duration), time < 0 ? int32(-1, -1) : uint64(time), uint32(0x10000)]);
  const edits = [...(lateUnits > 0 ? [edit(lateUnits, -1)] : []), edit(shown, Math.max(0, mediaTime))];
  return box("edts", fullBox("elst", 1, 0, uint32(edits.length), ...edits));
}
