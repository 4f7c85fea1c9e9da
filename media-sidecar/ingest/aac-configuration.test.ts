import { describe, expect, it } from "vitest";
import { isPlainAac, parseAacConfiguration } from "./aac-configuration.ts";
import { silentConfiguration } from "./silent-audio.ts";

describe("the AAC configuration (ISO/IEC 14496-3 §1.6.2.1)", () => {
  it("knows AAC-LC, 48 kHz, stereo as what may be copied", () => {
    const configuration = parseAacConfiguration(Buffer.from([0x11, 0x90]));
    expect(configuration).toEqual({ objectType: 2, sampleRateHz: 48_000, channels: 2 });
    expect(isPlainAac(configuration)).toBe(true);
    expect(isPlainAac(parseAacConfiguration(silentConfiguration))).toBe(true);
  });

  it("does not copy mono, 44.1 kHz or HE-AAC", () => {
    const others = [
      [0x11, 0x88],
      [0x12, 0x10],
      [0x2b, 0x11, 0x88],
    ].map((bytes) => parseAacConfiguration(Buffer.from(bytes)));
    expect(others).toEqual([
      { objectType: 2, sampleRateHz: 48_000, channels: 1 },
      { objectType: 2, sampleRateHz: 44_100, channels: 2 },
      { objectType: 5, sampleRateHz: 24_000, channels: 2 },
    ]);
    expect(others.some(isPlainAac)).toBe(false);
  });

  it("reads a rate that is written out, and refuses reserved and cut ones", () => {
    // Object type 2, index 15, 24 bits of 48000, stereo.
    expect(parseAacConfiguration(Buffer.from([0x17, 0x80, 0x5d, 0xc0, 0x10])).sampleRateHz).toBe(48_000);
    expect(() => parseAacConfiguration(Buffer.from([0x16, 0x90]))).toThrow(RangeError);
    expect(() => parseAacConfiguration(Buffer.from([0x11]))).toThrow(RangeError);
    expect(() => parseAacConfiguration(Buffer.alloc(0))).toThrow(RangeError);
  });
});
