import { describe, expect, it } from "vitest";
import { EncodingDesk } from "./encoding-desk.ts";
import type { LadderOrder } from "./encoding-share.ts";
import type { Capacity } from "./kept-capacity.ts";

/** So much that a stream of which nothing is known yet counts for nothing beside it. */
const unit = 1e9;
const units = (samples: number) => Math.round(samples / unit);
const price = (cost: number, leastCost: number, nextSparing: number) => ({
  cost: cost * unit,
  leastCost: leastCost * unit,
  nextSparing: nextSparing * unit,
});
/** 100 may be promised. A ladder costs 60, then 30, then 10. */
const capacity: Capacity = { encoder: "libx264", samplesPerSecond: 125 * unit };
const whole = price(60, 10, 30);
const half = price(30, 10, 20);
const least = price(10, 10, 0);

async function deskOf(idleProcessor?: () => number) {
  const desk = new EncodingDesk({
    capacity: Promise.resolve(capacity),
    ...(idleProcessor ? { idleProcessor } : {}),
  });
  await desk.ready;
  const stream = () => {
    const orders: LadderOrder[] = [];
    return { orders, share: desk.open("standard", (order) => orders.push(order)) };
  };
  return { desk, stream };
}

/** Looks from `from` seconds on, one a second; answers the last look's answer. */
function look(
  share: ReturnType<EncodingDesk["open"]>,
  from: number,
  to: number,
  backlogSeconds: number,
  growth = 0,
) {
  let stuck = false;
  for (let second = from; second < to; second++)
    stuck = share.look({ atMs: second * 1000, backlogSeconds, allowanceSeconds: 0.5, growth });
  return stuck;
}

describe("the encoding desk", () => {
  it("gives a stream the room that the others were not promised", async () => {
    const { desk, stream } = await deskOf();
    const [a, b] = [stream(), stream()];
    a.share.promise(whole);
    expect(units(b.share.room)).toBe(40);
    b.share.promise(half);
    expect([a.share.room, desk.promised].map(units)).toEqual([70, 90]);
    a.share.close();
    expect([b.share.room, desk.promised].map(units)).toEqual([100, 30]);
  });

  it("has larger renditions of others give way to a stream at its smallest, the dearest first", async () => {
    const { desk, stream } = await deskOf();
    const [a, b, c] = [stream(), stream(), stream()];
    a.share.promise(half);
    b.share.promise(whole);
    c.share.promise(least);
    expect(units(desk.promised)).toBe(100);
    const d = stream();
    expect(d.share.fits(10 * unit)).toBe(true);
    d.share.promise(least);
    await Promise.resolve();
    expect([a.orders, b.orders, c.orders, d.orders]).toEqual([[], ["replan"], [], []]);
    expect(units(desk.promised)).toBe(80);
    b.share.promise(half);
    expect(units(desk.promised)).toBe(80);
  });

  it("has no room where every stream at its smallest is more than there is", async () => {
    const { desk, stream } = await deskOf();
    for (const only of [50, 45]) stream().share.promise(price(only, only, 0));
    const late = stream();
    expect([late.share.fits(4 * unit), late.share.fits(6 * unit)]).toEqual([true, false]);
    desk.refused("pb_late", 6 * unit, 0);
    const admits = (playbackId: string, atMs: number) => desk.admits(playbackId, atMs);
    expect([admits("pb_late", 1000), admits("pb_other", 1000), admits("pb_late", 20_000)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("sheds of the stream that is behind, and then gives that time before anyone sheds again", async () => {
    const { stream } = await deskOf();
    const [a, b] = [stream(), stream()];
    a.share.promise(whole);
    b.share.promise(half);
    look(b.share, 0, 12, 5);
    look(a.share, 8, 15, 5);
    await Promise.resolve();
    expect([a.orders, b.orders]).toEqual([["shed"], ["shed"]]);
  });

  it("sheds of another when the one that is behind has nothing left, and says when nobody has", async () => {
    const { stream } = await deskOf();
    const [a, b] = [stream(), stream()];
    a.share.promise(least);
    b.share.promise(half);
    expect(look(a.share, 0, 7, 5)).toBe(false);
    await Promise.resolve();
    expect([a.orders, b.orders]).toEqual([[], ["shed"]]);
    b.share.promise(least);
    expect(look(a.share, 7, 20, 5)).toBe(true);
  });

  it("brings a rung back after calm, where the processor is idle enough for it and nobody is behind", async () => {
    let idle = 0.1;
    const { stream } = await deskOf(() => idle);
    const [a, b] = [stream(), stream()];
    a.share.promise(half);
    b.share.promise(least);
    look(a.share, 0, 60, 0.5, 30 * unit);
    await Promise.resolve();
    expect(a.orders).toEqual([]);
    idle = 0.5;
    look(b.share, 50, 60, 5);
    look(a.share, 60, 65, 0.5, 30 * unit);
    look(b.share, 60, 64, 0.5);
    await Promise.resolve();
    expect(a.orders).toEqual(["shed"]);
    a.share.promise(least);
    look(b.share, 64, 120, 0.5);
    look(a.share, 65, 120, 0.5, 30 * unit);
    await Promise.resolve();
    expect(a.orders).toEqual(["shed", "grow"]);
  });

  it("brings a rung back though another stream was behind when its encoder went", async () => {
    const { stream } = await deskOf();
    const [a, b] = [stream(), stream()];
    a.share.promise(half);
    b.share.promise(least);
    look(b.share, 0, 7, 5);
    await Promise.resolve();
    expect(a.orders).toEqual(["shed"]);
    a.share.promise(least);
    look(a.share, 7, 60, 0.5, 30 * unit);
    await Promise.resolve();
    expect(a.orders).toEqual(["shed", "grow"]);
  });

  it("goes on with the processor when the hardware encoder fails", async () => {
    const processor: Capacity = { encoder: "libx264", samplesPerSecond: 50 };
    const desk = new EncodingDesk({
      capacity: Promise.resolve({ encoder: "h264_nvenc", samplesPerSecond: 1000 }),
      withoutDevice: () => Promise.resolve(processor),
    });
    await desk.ready;
    const share = desk.open("standard", () => {});
    expect([share.encoder, share.room]).toEqual(["h264_nvenc", 800]);
    share.encoderFailed();
    expect(share.encoder).toBe("libx264");
    await Promise.resolve();
    expect([desk.capacity, share.room]).toEqual([processor, 40]);
  });
});
