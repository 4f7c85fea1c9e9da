import { describe, expect, it } from "vitest";
import { avcCodecString, parseAvcConfiguration } from "./avc-configuration.ts";
import { parseSequenceParameters } from "./sequence-parameter-set.ts";

/** Writes fields of an SPS bit by bit, so that every branch can be met. */
class BitWriter {
  #bits = "";
  bits(value: number, count: number): this {
    this.#bits += value.toString(2).padStart(count, "0");
    return this;
  }
  unsigned(...values: number[]): this {
    for (const value of values) {
      const code = (value + 1).toString(2);
      this.#bits += "0".repeat(code.length - 1) + code;
    }
    return this;
  }
  unit(): Buffer {
    const bits = `${this.#bits}1`.padEnd(Math.ceil((this.#bits.length + 1) / 8) * 8, "0");
    const bytes = bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2));
    // §7.4.1.1: two zeros and a small byte are never neighbours in a NAL unit.
    const escaped: number[] = [0x67];
    let zeros = 0;
    for (const byte of bytes) {
      if (zeros >= 2 && byte <= 3) {
        escaped.push(3);
        zeros = 0;
      }
      escaped.push(byte);
      zeros = byte === 0 ? zeros + 1 : 0;
    }
    return Buffer.from(escaped);
  }
}

/** Baseline, progressive, no cropping, no VUI unless said. */
function baseline(widthBlocks: number, heightBlocks: number): BitWriter {
  return new BitWriter()
    .bits(66, 8)
    .bits(0xc0, 8)
    .bits(30, 8)
    .unsigned(0, 0, 2, 1)
    .bits(0, 1)
    .unsigned(widthBlocks - 1, heightBlocks - 1);
}

describe("the sequence parameter set (H.264 §7.3.2.1.1)", () => {
  it("is read from what x264 writes for 1080p30, High, cropped from 1088 lines", () => {
    const unit = Buffer.from("67640028acd940780227e5c05a808080a0000003002000000781e30632c0", "hex");
    expect(parseSequenceParameters(unit)).toMatchObject({
      profile: 100,
      level: 40,
      chromaFormat: 1,
      bitDepth: 8,
      width: 1920,
      height: 1080,
      pixelAspect: 1,
      interlaced: false,
      frameRate: 30,
    });
  });

  it("subtracts frame cropping in chroma units (§7.4.2.1.1)", () => {
    const unit = baseline(2, 2).bits(1, 1).bits(1, 1).bits(1, 1).unsigned(1, 2, 3, 4).bits(0, 1).unit();
    expect(parseSequenceParameters(unit)).toMatchObject({ width: 32 - 6, height: 32 - 14 });
  });

  it("counts crops and heights in pairs of lines for interlaced pictures", () => {
    const unit = baseline(120, 34)
      .bits(0, 1)
      .bits(0, 1)
      .bits(1, 1)
      .bits(1, 1)
      .unsigned(0, 0, 0, 2)
      .bits(0, 1)
      .unit();
    expect(parseSequenceParameters(unit)).toMatchObject({ width: 1920, height: 1080, interlaced: true });
  });

  it("knows a picture of 2x2 and one that is cropped to nothing", () => {
    const tiny = baseline(1, 1).bits(1, 1).bits(1, 1).bits(1, 1).unsigned(0, 7, 0, 7).bits(0, 1).unit();
    expect(parseSequenceParameters(tiny)).toMatchObject({ width: 2, height: 2 });
    const nothing = baseline(1, 1).bits(1, 1).bits(1, 1).bits(1, 1).unsigned(0, 8, 0, 0).bits(0, 1).unit();
    expect(() => parseSequenceParameters(nothing)).toThrow(RangeError);
  });

  it("reads ten bits, 4:2:2, scaling lists and pixel shapes", () => {
    const unit = new BitWriter()
      .bits(122, 8)
      .bits(0, 8)
      .bits(40, 8)
      .unsigned(0, 2, 2, 2)
      .bits(0, 1)
      .bits(1, 1)
      // One list that repeats its predecessor at once (delta −8), seven that are absent.
      .bits(1, 1)
      .unsigned(16)
      .bits(0, 7)
      .unsigned(0, 0, 0, 1)
      .bits(0, 1)
      .unsigned(44, 35)
      .bits(1, 1)
      .bits(1, 1)
      .bits(0, 1)
      .bits(1, 1)
      .bits(1, 1)
      .bits(255, 8)
      .bits(64, 16)
      .bits(45, 16)
      .bits(0, 4)
      .unit();
    expect(parseSequenceParameters(unit)).toMatchObject({
      bitDepth: 10,
      chromaFormat: 2,
      width: 720,
      height: 576,
      pixelAspect: 64 / 45,
      frameRate: null,
    });
  });

  it("throws, and does not hang, on units that are cut short or random", () => {
    const unit = Buffer.from("67640028acd940780227e5c05a808080a0000003002000000781e30632c0", "hex");
    for (let length = 1; length < 12; length++)
      expect(() => parseSequenceParameters(unit.subarray(0, length)), `cut at ${length}`).toThrow(RangeError);
    for (const byte of [0x00, 0xff])
      try {
        parseSequenceParameters(Buffer.alloc(64, byte));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
  });
});

describe("the AVC configuration (ISO/IEC 14496-15 §5.3.3.1)", () => {
  const unit = baseline(20, 12).bits(1, 1).bits(1, 1).bits(0, 1).bits(0, 1).unit();
  const record = Buffer.concat([
    Buffer.from([1, 66, 0xc0, 30, 0xff, 0xe1, 0, unit.length]),
    unit,
    Buffer.from([1, 0, 1, 0x68]),
  ]);

  it("says size and codec string", () => {
    expect(parseAvcConfiguration(record)).toMatchObject({ width: 320, height: 192 });
    expect(avcCodecString(record)).toBe("avc1.42c01e");
  });

  it("refuses records without parameters or cut short", () => {
    expect(() => parseAvcConfiguration(Buffer.from([1, 66, 0xc0, 30, 0xff, 0xe0, 0, 0]))).toThrow();
    for (let length = 0; length < 12; length++)
      expect(() => parseAvcConfiguration(record.subarray(0, length))).toThrow();
  });
});
