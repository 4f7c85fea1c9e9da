import { describe, expect, it } from "vitest";
import { encodeAmf0 } from "./amf0.ts";
import { messageTypes } from "./rtmp-chunk-reader.ts";
import { avcRecord } from "./source.test-support.ts";
import { SourceReader } from "./source-reader.ts";

const media = (typeId: number, ...bytes: (number | Buffer)[]) => ({
  typeId,
  streamId: 1,
  timestampMs: 0,
  body: Buffer.concat(bytes.map((part) => (typeof part === "number" ? Buffer.from([part]) : part))),
});
const video = (...bytes: (number | Buffer)[]) => media(messageTypes.video, ...bytes);
const audio = (...bytes: (number | Buffer)[]) => media(messageTypes.audio, ...bytes);
const avcHeader = (width: number, height: number) => video(0x17, 0, 0, 0, 0, avcRecord(width, height));

function refusal(message: ReturnType<typeof media>): string | null {
  const event = new SourceReader().accept(message);
  return event?.kind === "refused" ? event.reason : null;
}

describe("reading a source", () => {
  it("announces a configuration when it is new and not when it is repeated", () => {
    const reader = new SourceReader();
    expect(reader.accept(avcHeader(320, 176))?.kind).toBe("video-configuration");
    expect(reader.accept(avcHeader(320, 176))).toBeNull();
    expect(reader.accept(avcHeader(640, 352))?.kind).toBe("video-configuration");
    expect(reader.video?.parameters).toMatchObject({ width: 640, height: 352 });
    expect(reader.accept(audio(0xaf, 0, 0x11, 0x90))?.kind).toBe("audio-configuration");
    expect(reader.accept(audio(0xaf, 0, 0x11, 0x90))).toBeNull();
    expect(reader.audio).toMatchObject({ codec: "aac", plain: true });
  });

  it("passes pictures only once their parameters are known", () => {
    const reader = new SourceReader();
    expect(reader.accept(video(0x17, 1, 0, 0, 5, 0))).toBeNull();
    reader.accept(avcHeader(320, 176));
    expect(reader.accept(video(0x17, 1, 0, 0, 5, 0))).toMatchObject({
      kind: "video",
      keyframe: true,
      compositionMs: 5,
    });
  });

  it.each([
    ["H.265 as some encoders number it", video(0x1c, 0, 0, 0, 0), /H\.265: set H\.264/],
    ["H.265 by Enhanced RTMP", video(0x90, Buffer.from("hvc1")), /H\.265: set H\.264/],
    ["AV1 by Enhanced RTMP", video(0x90, Buffer.from("av01")), /AV1: set H\.264/],
    ["Sorenson H.263", video(0x12, 0, 0), /number 2 of FLV: set H\.264/],
    ["Speex", audio(0xb2, 1), /Speex: set AAC/],
    ["a picture of 2x2", avcHeader(2, 2), /2x2: at least 16x16/],
    ["a picture of 8192x4320", avcHeader(8192, 4320), /8192x4320: at most 4096/],
    ["parameters that are noise", video(0x17, 0, 0, 0, 0, 0xff, 0xff), /cannot be read/],
    ["sound parameters that are noise", audio(0xaf, 0, 0xff), /cannot be read/],
  ])("refuses %s with a reason a person can act on", (_, message, reason) => {
    expect(refusal(message)).toMatch(reason);
  });

  it.each([
    ["a number", 0x68766331],
    ["a text", "hvc1"],
    ["FLV's unofficial number", 12],
  ])(
    "refuses H.265 that metadata announces as %s, since its pictures never come through nginx-rtmp",
    (_, id) => {
      const body = encodeAmf0(["onMetaData", { width: 640, videocodecid: id }]);
      expect(refusal(media(messageTypes.data, body))).toMatch(/H\.265: set H\.264/);
      const avc = encodeAmf0(["onMetaData", { width: 640, videocodecid: 0x61766331 }]);
      expect(refusal(media(messageTypes.data, avc))).toBeNull();
    },
  );

  it("skips empty tags and the end of a sequence", () => {
    const reader = new SourceReader();
    reader.accept(avcHeader(320, 176));
    expect(
      [video(), video(0x17), video(0x17, 2, 0, 0, 0), audio(), audio(0xaf)].map((each) =>
        reader.accept(each),
      ),
    ).toEqual([null, null, null, null, null]);
  });

  it("takes hints from onMetaData and survives one that is noise or lies", () => {
    const reader = new SourceReader();
    const data = (values: Parameters<typeof encodeAmf0>[0]) => media(messageTypes.data, encodeAmf0(values));
    reader.accept(data(["onMetaData", { width: 1920, framerate: 29.97, videodatarate: 4500 }]));
    expect(reader.hints).toEqual({ hasVideo: true, frameRate: 29.97, videoKbps: 4500 });
    reader.accept(media(messageTypes.data, 0xff, 0xff));
    expect(reader.hints.frameRate).toBe(29.97);
    reader.accept(
      data(["@setDataFrame", "onMetaData", { framerate: 1e9, videodatarate: 0, videocodecid: 0, width: 0 }]),
    );
    expect(reader.hints).toEqual({ hasVideo: false, frameRate: null, videoKbps: null });
  });
});
