import { describe, expect, it } from "vitest";
import { flvHeader, flvTagFrame, parseAudioTag, parseVideoTag, tagTypes } from "./flv-tag.ts";

describe("FLV tags (Annex E.4)", () => {
  it("says keyframe, packet type and a signed composition time", () => {
    expect(parseVideoTag(Buffer.from([0x17, 1, 0, 0, 67, 0]))).toMatchObject({
      codecId: 7,
      keyframe: true,
      packetType: 1,
      compositionMs: 67,
    });
    expect(parseVideoTag(Buffer.from([0x27, 1, 0xff, 0xff, 0xdf, 0]))).toMatchObject({
      keyframe: false,
      compositionMs: -33,
    });
  });

  it("names the codec of an Enhanced RTMP tag", () => {
    expect(parseVideoTag(Buffer.from([0x90, ...Buffer.from("hvc1")]))).toMatchObject({
      codecId: null,
      fourCc: "hvc1",
      keyframe: true,
    });
  });

  it("is null for tags that are cut short", () => {
    for (const bytes of [[], [0x17], [0x17, 1, 0], [0x90, 0x68]])
      expect(parseVideoTag(Buffer.from(bytes))).toBeNull();
    expect(parseAudioTag(Buffer.from([0xaf]))).toBeNull();
  });

  it("reads the sound's format", () => {
    expect(parseAudioTag(Buffer.from([0xaf, 0]))).toMatchObject({ format: 10, packetType: 0 });
    expect(parseAudioTag(Buffer.from([0x2e, 0xff]))).toEqual({
      format: 2,
      sampleRateHz: 44_100,
      channels: 1,
      packetType: null,
    });
  });

  it("writes times of more than 24 bits in the extended byte", () => {
    const [head, tail] = flvTagFrame(tagTypes.video, 0x12345678, 5);
    expect(head.toString("hex")).toBe("09000005345678120000" + "00");
    expect(tail.readUInt32BE()).toBe(16);
    expect(flvHeader(true, false).toString("hex")).toBe("464c5601010000000900000000");
  });
});
