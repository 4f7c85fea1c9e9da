import { describe, expect, it } from "vitest";
import { type SourceInterval, type SourceMessage, SourceObserver } from "./source-observer.ts";

interface Script {
  seconds: number;
  /** How much later than its time a message comes. */
  lateMs?: (dtsMs: number) => number;
  soundLeadMs?: number;
  composition?: (frame: number) => number;
  sound?: boolean;
}

/** 25 pictures and 50 sounds a second, from `fromMs` on, in the order in which they come. */
function send(observer: SourceObserver, fromMs: number, script: Script): void {
  const { seconds, lateMs = () => 0, soundLeadMs = 0, composition = () => 0, sound = true } = script;
  const messages: SourceMessage[] = [];
  const message = (kind: "audio" | "video", atMs: number, aheadMs: number, compositionMs: number) => {
    const dtsMs = atMs + aheadMs;
    messages.push({
      kind,
      dtsMs,
      compositionMs,
      bytes: 100,
      jumped: false,
      arrivedAtMs: atMs + lateMs(atMs),
    });
  };
  for (let frame = 0; frame < seconds * 25; frame++)
    message("video", fromMs + frame * 40, 0, composition(frame));
  for (let each = 0; sound && each < seconds * 50; each++)
    message("audio", fromMs + each * 20, soundLeadMs, 0);
  for (const each of messages.sort((a, b) => a.arrivedAtMs - b.arrivedAtMs)) observer.add(each);
}

/** One script after another, each looked at when it is over. */
function intervals(...scripts: Script[]): SourceInterval[] {
  const observer = new SourceObserver();
  let nowMs = 0;
  return scripts.map((script) => {
    send(observer, nowMs, script);
    nowMs += script.seconds * 1000;
    return observer.take(nowMs, 25)!;
  });
}

describe("what is seen of a source between two looks", () => {
  it("is counted from the look before", () => {
    const [first, second] = intervals({ seconds: 10 }, { seconds: 4 });
    expect(first).toMatchObject({
      seconds: 10,
      pictures: 250,
      sounds: 500,
      bytes: 75_000,
      missingPictures: 0,
    });
    expect(second).toMatchObject({ seconds: 4, pictures: 100, sounds: 200, bytes: 30_000, lateSeconds: 0 });
  });

  it("is nothing before the first message, and all zeros where none came since", () => {
    const observer = new SourceObserver();
    expect(observer.take(0, 25)).toBeNull();
    send(observer, 0, { seconds: 1 });
    observer.take(1000, 25);
    expect(observer.take(11_000, 25)).toMatchObject({ seconds: 10, pictures: 0, sounds: 0, bytes: 0 });
  });

  it("has B-frames where pictures are shown in another order, and not where all are shown equally late", () => {
    const orders = [undefined, () => 80, (frame: number) => [80, 160, 0, 0][frame % 4]!];
    const seen = orders.map(
      (composition) => intervals({ seconds: 2, ...(composition && { composition }) })[0]!,
    );
    expect(seen.map(({ reordered }) => reordered)).toEqual([false, false, true]);
  });

  it("tells how far sound and picture are apart, to a picture", () => {
    for (const soundLeadMs of [-700, -100, 0, 100, 700]) {
      const [{ soundLeadMs: seen }] = intervals({ seconds: 5, soundLeadMs }) as [SourceInterval];
      expect(Math.abs(seen! - soundLeadMs), `${soundLeadMs} seen as ${seen}`).toBeLessThanOrEqual(40);
    }
    expect(intervals({ seconds: 5, sound: false })[0]!.soundLeadMs).toBeNull();
  });

  it("says how much later media comes than it did", () => {
    const late = (by: number) => ({ seconds: 10, lateMs: () => by });
    const seen = intervals(late(150), late(900), late(4150), late(150));
    expect(seen.map(({ lateSeconds }) => lateSeconds)).toEqual([0, 0.75, 4, 0]);
  });

  it("counts a silence as lateness, for what is awaited is late", () => {
    const observer = new SourceObserver();
    send(observer, 0, { seconds: 10 });
    observer.take(10_000, 25);
    expect(observer.take(20_000, 25)!.lateSeconds).toBeCloseTo(10, 1);
  });

  it("starts again with another publisher, and where the encoder's clock leaps", () => {
    const observer = new SourceObserver();
    send(observer, 0, { seconds: 10 });
    observer.take(10_000, 25);
    observer.reset();
    expect(observer.take(10_000, 25)).toBeNull();
    send(observer, 100_000, { seconds: 1, lateMs: () => 5000 });
    expect(observer.take(106_000, 25)).toMatchObject({ lateSeconds: 0 });
    const leap = { kind: "video", compositionMs: 0, bytes: 1, jumped: true } as const;
    observer.add({ ...leap, dtsMs: 50_000, arrivedAtMs: 107_000 });
    observer.add({ ...leap, jumped: false, dtsMs: 50_040, arrivedAtMs: 107_040 });
    expect(observer.take(108_000, 25)).toMatchObject({ missingPictures: 0, lateSeconds: 0 });
  });

  it("keeps no more than it needs, if nobody ever looks", () => {
    const observer = new SourceObserver();
    for (let hour = 0; hour < 3; hour++) send(observer, hour * 600_000, { seconds: 600 });
    expect(observer.take(1_800_000, 25)).toMatchObject({ pictures: 45_000, missingPictures: 0 });
  });
});
