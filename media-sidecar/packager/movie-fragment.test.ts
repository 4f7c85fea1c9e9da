import { describe, expect, it } from "vitest";
import { box, words } from "./boxes.test-support.ts";
import { parseMovieFragment } from "./movie-fragment.ts";
import type { Track } from "./movie-header.ts";

const track: Track = {
  id: 1,
  kind: "video",
  timescale: 1000,
  codec: "avc1.640028",
  width: 320,
  height: 180,
  editShift: 0,
  defaults: { duration: 40, flags: 0x10000 },
};

/** tfdt in version 1, so 64 bits. */
const fragment = (decodeTime: number, ...runs: Buffer[]) =>
  box("traf", box("tfhd", words(0x020000, 1)), box("tfdt", words(0x01000000, 0, decodeTime)), ...runs);

describe("presentation times of a fragment (ISO/IEC 14496-12 §8.8)", () => {
  it("are decode times plus composition offsets, which may be negative", () => {
    // duration, composition offset: I P B B in decode order, shown as I B B P.
    const run = box("trun", words(0x01000905 | 0, 4, 0, 0x02000000, 40, 0, 40, 80, 40, -40, 40, -40));
    expect(parseMovieFragment(fragment(10_000, run), [track])).toEqual([
      { kind: "video", startMs: 10_000, decodeMs: 10_000, endMs: 10_160, nextMs: 10_160, keyframe: true },
    ]);
  });

  it("read offsets as unsigned in version 0", () => {
    const run = box("trun", words(0x00000904, 1, 0x02000000, 40, 80));
    expect(parseMovieFragment(fragment(0, run), [track])[0]).toMatchObject({ startMs: 80, endMs: 120 });
  });

  it("subtract the edit list and count in the track's own units", () => {
    const run = box("trun", words(0x00000004, 2, 0x02000000));
    const shifted = { ...track, timescale: 16_000, editShift: 1600, defaults: { duration: 640, flags: 0 } };
    expect(parseMovieFragment(fragment(3200, run), [shifted])[0]).toMatchObject({ startMs: 100, endMs: 180 });
  });

  it("take flags from the run, the fragment's header or the track, in that order", () => {
    const plain = box("trun", words(0, 1));
    const keyframe = (traf: Buffer) => parseMovieFragment(traf, [track])[0]?.keyframe;
    expect(keyframe(fragment(0, plain))).toBe(false);
    expect(keyframe(fragment(0, box("trun", words(0x4, 1, 0x02000000))))).toBe(true);
    expect(keyframe(fragment(0, box("trun", words(0x400, 1, 0))))).toBe(true);
    const own = box("traf", box("tfhd", words(0x28, 1, 33, 0)), box("tfdt", words(0, 5)), plain);
    expect(parseMovieFragment(own, [track])).toEqual([
      { kind: "video", startMs: 5, decodeMs: 5, endMs: 38, nextMs: 38, keyframe: true },
    ]);
  });

  it("leave out tracks without samples and tracks of other kinds", () => {
    const other = box("traf", box("tfhd", words(0, 9)), box("tfdt", words(0, 0)), box("trun", words(0, 1)));
    expect(
      parseMovieFragment(Buffer.concat([other, fragment(0, box("trun", words(0, 0)))]), [track]),
    ).toEqual([]);
  });

  it("refuse a run that says more samples than it has", () => {
    expect(() => parseMovieFragment(fragment(0, box("trun", words(0x100, 1000, 40))), [track])).toThrow(
      RangeError,
    );
  });
});
