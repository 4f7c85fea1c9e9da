import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeAmf0 } from "../ingest/amf0.ts";
import { tagTypes } from "../ingest/flv-tag.ts";
import { avcRecord } from "../ingest/source.test-support.ts";
import type { SourceTag } from "./source-epoch.ts";
import { SourceIntake } from "./source-intake.ts";

function harness(hasShownPicture = false) {
  const tags: SourceTag[] = [];
  const warnings = new Map<string, string | null>();
  const refused: string[] = [];
  const receiving: boolean[] = [];
  const intake = new SourceIntake({
    now: () => Date.now(),
    hasShownPicture: () => hasShownPicture,
    onTag: (tag) => tags.push(tag),
    onEpochEnd: () => {},
    onReceiving: (each) => receiving.push(each),
    onRefused: (reason) => refused.push(reason),
    onWarning: (code, detail) => warnings.set(code, detail),
  });
  const send = (typeId: number, timestampMs: number, ...bytes: (number | Buffer)[]) =>
    intake.accept({
      typeId,
      streamId: 1,
      timestampMs,
      body: Buffer.concat(bytes.map((part) => (typeof part === "number" ? Buffer.from([part]) : part))),
    });
  return {
    intake,
    tags,
    warnings,
    refused,
    receiving,
    videoHeader: (width = 320, height = 176) => send(9, 0, 0x17, 0, 0, 0, 0, avcRecord(width, height)),
    audioHeader: (...configuration: number[]) => send(8, 0, 0xaf, 0, ...configuration),
    keyframe: (at: number) => send(9, at, 0x17, 1, 0, 0, 0, 1),
    frame: (at: number) => send(9, at, 0x27, 1, 0, 0, 0, 1),
    sound: (at: number) => send(8, at, 0xaf, 1, 9),
    metadata: (values: Record<string, number>) => send(18, 0, encodeAmf0(["onMetaData", values])),
    epochs: () => [...new Set(tags.map(({ epoch }) => epoch))],
    /** `v` and `a` with their times, silence as `s`, black as `b`, its keyframes as `B`. */
    story: () =>
      tags
        .map(({ type, dtsMs, body, epoch, keyframe }) => {
          const picture = epoch.blank ? (keyframe ? "B" : "b") : "v";
          return `${type === tagTypes.video ? picture : body.length === 3 ? "a" : "s"}${dtsMs}`;
        })
        .join(" "),
  };
}

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the intake", () => {
  it("begins at the first keyframe when picture and sound are known", () => {
    const source = harness();
    source.videoHeader();
    source.audioHeader(0x11, 0x90);
    source.sound(0);
    source.frame(10);
    source.keyframe(20);
    source.sound(30);
    expect(source.story()).toBe("v20 a30");
    expect(source.receiving).toEqual([true]);
  });

  it("waits a second for sound, then puts in silence", () => {
    const source = harness();
    source.videoHeader();
    source.keyframe(0);
    source.frame(40);
    expect(source.tags).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(source.story()).toBe("v0 s0 s21 v40");
    expect(source.tags[0]!.epoch.audio).toBeNull();
  });

  it("begins at once when sound comes within the wait", () => {
    const source = harness();
    source.videoHeader();
    source.keyframe(0);
    source.audioHeader(0x11, 0x90);
    expect(source.story()).toBe("v0");
  });

  it("begins anew at the next keyframe when sound comes later", () => {
    const source = harness();
    source.videoHeader();
    source.keyframe(0);
    vi.advanceTimersByTime(1000);
    source.audioHeader(0x11, 0x90);
    source.sound(30);
    source.frame(40);
    source.keyframe(80);
    source.sound(90);
    const [first, second] = source.epochs();
    expect([first?.closed, first?.audio, second?.audio?.plain]).toEqual([true, null, true]);
    expect(source.story()).toBe("v0 s0 s21 v40 v80 a90");
  });

  it("fills a hole in the sound with silence and leaves out what comes too late for it", () => {
    const source = harness();
    source.videoHeader();
    source.audioHeader(0x11, 0x90);
    source.keyframe(0);
    source.sound(0);
    source.frame(900);
    expect(source.story()).not.toContain("s");
    source.frame(1100);
    const silent = source.tags
      .filter(({ body }) => body.length > 3 && body[0] === 0xaf)
      .map(({ dtsMs }) => dtsMs);
    expect([silent[0], silent.at(-1)]).toEqual([21, 789]);
    source.sound(500);
    source.sound(1000);
    expect(source.story().endsWith("v1100 a1000")).toBe(true);
  });

  it("ends an epoch the moment the picture's parameters change", () => {
    const source = harness();
    source.videoHeader();
    source.audioHeader(0x11, 0x90);
    source.keyframe(0);
    source.videoHeader(640, 352);
    expect(source.epochs()[0]!.closed).toBe(true);
    source.frame(40);
    source.keyframe(80);
    expect(source.epochs()[1]!.video?.parameters.width).toBe(640);
    expect(source.story()).toBe("v0 v80");
  });

  it("begins anew behind a leap of the encoder's clock", () => {
    const source = harness();
    source.videoHeader();
    source.audioHeader(0x11, 0x90);
    source.keyframe(0);
    source.frame(100_000);
    source.keyframe(100_040);
    expect(source.epochs()).toHaveLength(2);
    expect(source.story()).toMatch(/^v0 .*v33 v73$/);
  });

  it("takes sound alone for all there is after a while, longer when a picture was promised", () => {
    const alone = harness();
    alone.audioHeader(0x12, 0x08);
    alone.sound(0);
    alone.sound(23);
    vi.advanceTimersByTime(1500);
    expect(alone.story()).toBe("B0 a0 a23");
    expect(alone.warnings.get("picture-missing")).toBeUndefined();

    const promised = harness();
    promised.metadata({ videocodecid: 7, width: 320 });
    promised.audioHeader(0x12, 0x08);
    promised.sound(0);
    vi.advanceTimersByTime(1500);
    expect(promised.tags).toEqual([]);
    promised.videoHeader();
    promised.keyframe(1600);
    expect(promised.story()).toMatch(/^v\d+$/);
  });

  it("puts a black picture under sound alone, a keyframe each second", () => {
    const source = harness();
    source.audioHeader(0x11, 0x90);
    for (let at = 0; at <= 2100; at += 100) source.sound(at);
    vi.advanceTimersByTime(1500);
    const black = source.tags.filter(({ type }) => type === tagTypes.video);
    expect(black.filter(({ keyframe }) => keyframe).map(({ dtsMs }) => dtsMs)).toEqual([0, 1000, 2000]);
    expect(black.map(({ dtsMs }) => dtsMs).slice(0, 4)).toEqual([0, 67, 133, 200]);
    expect(source.epochs()[0]).toMatchObject({ blank: true, frameRate: 15 });
    const order = source.tags.map(({ dtsMs }) => dtsMs);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it("lets a picture in that comes later, at its first keyframe", () => {
    const source = harness();
    source.audioHeader(0x11, 0x90);
    source.sound(0);
    vi.advanceTimersByTime(1500);
    source.videoHeader();
    source.frame(40);
    source.sound(50);
    source.keyframe(60);
    source.sound(70);
    expect(source.story()).toBe("B0 a0 a50 v60 a70");
    expect(source.epochs().map(({ blank, closed }) => [blank, closed])).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it("goes on with black when an encoder comes back with sound alone, and says what is missing", () => {
    const source = harness(true);
    source.audioHeader(0x11, 0x90);
    source.sound(0);
    vi.advanceTimersByTime(1500);
    expect(source.story()).toBe("B0 a0");
    expect(source.warnings.get("picture-missing")).toMatch(/no picture/);
    source.videoHeader();
    source.keyframe(2000);
    expect(source.warnings.get("picture-missing")).toBeNull();
    expect(source.story()).toBe("B0 a0 v2000");
  });

  it("goes on with black when the picture stops, but not for one that is only slow", () => {
    const stopped = harness();
    stopped.videoHeader();
    stopped.audioHeader(0x11, 0x90);
    for (let at = 0; at <= 400; at += 40) stopped.keyframe(at);
    for (let at = 1000; at <= 5000; at += 500) stopped.sound(at);
    expect(stopped.epochs().map(({ blank }) => blank)).toEqual([false, true]);
    expect(stopped.story()).toMatch(/a4000 B4500 a4500/);
    expect(stopped.warnings.get("picture-missing")).toMatch(/stopped/);
    stopped.keyframe(5100);
    expect(stopped.warnings.get("picture-missing")).toBeNull();
    expect(stopped.epochs()).toHaveLength(3);

    const slow = harness();
    slow.videoHeader();
    slow.audioHeader(0x11, 0x90);
    for (let at = 0; at <= 30_000; at += 500) {
      if (at % 2500 === 0) slow.keyframe(at);
      slow.sound(at);
    }
    expect(slow.epochs().map(({ blank }) => blank)).toEqual([false]);
  });

  it("begins anew with black when sound alone changes its parameters, without waiting again", () => {
    const source = harness();
    source.audioHeader(0x11, 0x90);
    source.sound(0);
    vi.advanceTimersByTime(1500);
    source.audioHeader(0x12, 0x08);
    source.sound(100);
    expect(source.story()).toBe("B0 a0 B100 a100");
    expect(source.epochs()).toHaveLength(2);
  });

  it("closes the epoch with the publisher, even one that was shorter than the wait for sound", () => {
    const source = harness();
    source.videoHeader();
    source.keyframe(0);
    source.intake.sourceEnd();
    expect(source.story()).toBe("v0");
    expect(source.tags[0]!.epoch.closed).toBe(true);
    expect(source.receiving).toEqual([true, false]);
    source.intake.sourceEnd();
    expect(source.receiving).toEqual([true, false]);
  });

  it("says once why it refuses, and takes the next publisher", () => {
    const source = harness();
    source.videoHeader(2, 2);
    source.videoHeader(2, 2);
    expect(source.refused).toHaveLength(1);
    source.intake.sourceEnd();
    source.videoHeader();
    source.audioHeader(0x11, 0x90);
    source.keyframe(0);
    expect(source.tags).toHaveLength(1);
  });
});
