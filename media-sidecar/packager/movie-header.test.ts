import { describe, expect, it } from "vitest";
import { box, words } from "./boxes.test-support.ts";
import { parseMovieHeader } from "./movie-header.ts";

const avcC = box("avcC", Buffer.from([1, 0x64, 0x00, 0x28, 0xff]));
const size = Buffer.from([0x07, 0x80, 0x04, 0x38]);
const visualEntry = box("avc1", Buffer.alloc(24), size, Buffer.alloc(50), avcC);

/** ES descriptor, decoder configuration, AudioSpecificConfig; lengths in four bytes, as FFmpeg writes them. */
function esds(indication: number, specific: number[], flags = 0, optional: number[] = []): Buffer {
  const long = (tag: number, body: number[]) => [tag, 0x80, 0x80, 0x80, body.length, ...body];
  const decoder = long(4, [indication, 0x15, ...Array(11).fill(0), ...long(5, specific)]);
  return box("esds", words(0), Buffer.from(long(3, [0, 2, flags, ...optional, ...decoder])));
}
const soundEntry = (...children: Buffer[]) => box("mp4a", Buffer.alloc(28), ...children);

function trak(id: number, handler: string, timescale: number, entry: Buffer, edits?: Buffer): Buffer {
  const description = box("stsd", words(0, 1), entry);
  const media = box(
    "mdia",
    box("mdhd", words(0, 0, 0, timescale, 0)),
    box("hdlr", words(0, 0), Buffer.from(handler)),
    box("minf", box("stbl", description)),
  );
  return box(
    "trak",
    box("tkhd", words(0, 0, 0, id, 0)),
    ...(edits === undefined ? [] : [box("edts", edits)]),
    media,
  );
}

const mvex = box("mvex", box("trex", words(0, 1, 1, 512, 0, 0x10000)));

describe("an init segment's header (ISO/IEC 14496-12 §8)", () => {
  it("says of each track its units, codec and size", () => {
    const moov = Buffer.concat([
      trak(1, "vide", 16_000, visualEntry),
      trak(2, "soun", 48_000, soundEntry(esds(0x40, [0x11, 0x90]))),
      trak(3, "hint", 1000, box("rtp ")),
      mvex,
    ]);
    expect(parseMovieHeader(moov)).toEqual([
      {
        id: 1,
        kind: "video",
        timescale: 16_000,
        codec: "avc1.640028",
        width: 1920,
        height: 1080,
        editShift: 0,
        defaults: { duration: 512, flags: 0x10000 },
      },
      expect.objectContaining({ id: 2, kind: "audio", timescale: 48_000, codec: "mp4a.40.2" }),
    ]);
  });

  it.each([
    ["HE-AAC", 0x40, [0x2b, 0x11, 0x88], "mp4a.40.5"],
    ["xHE-AAC, whose object type needs more bits", 0x40, [0xf9, 0x46, 0x40], "mp4a.40.42"],
    ["MP3", 0x6b, [], "mp4a.6b"],
  ])("names %s as RFC 6381 does", (_, indication, specific, codec) => {
    const moov = trak(2, "soun", 48_000, soundEntry(esds(indication, specific)));
    expect(parseMovieHeader(moov)[0]?.codec).toBe(codec);
  });

  it("steps over the optional fields of an ES descriptor (ISO/IEC 14496-1 §7.2.6.5)", () => {
    const entry = soundEntry(esds(0x40, [0x11, 0x90], 0xe0, [0, 9, 2, 65, 66, 0, 7]));
    // Flags in this order: depends on another stream, has a URL, has a clock: the URL stands between the two ids.
    const plain = soundEntry(esds(0x40, [0x11, 0x90], 0x80, [0, 9]));
    expect(parseMovieHeader(trak(2, "soun", 48_000, plain))[0]?.codec).toBe("mp4a.40.2");
    expect(parseMovieHeader(trak(2, "soun", 48_000, entry))[0]?.codec).toBe("mp4a.40.2");
  });

  it("takes the shift of the first edit that is not empty (§8.6.6)", () => {
    const edits = box("elst", words(0, 2, 500, -1, 0x10000, 1000, 1024, 0x10000));
    expect(parseMovieHeader(trak(1, "vide", 16_000, visualEntry, edits))[0]?.editShift).toBe(1024);
  });

  it("throws on tracks that lack what they need", () => {
    expect(() => parseMovieHeader(box("trak", box("tkhd", words(0, 0, 0, 1))))).toThrow(/no mdia/);
    expect(() => parseMovieHeader(trak(1, "vide", 0, visualEntry))).toThrow();
    expect(() => parseMovieHeader(trak(1, "vide", 1000, box("avc1", Buffer.alloc(78))))).toThrow(/no avcC/);
  });
});
