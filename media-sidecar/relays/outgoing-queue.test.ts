import { describe, expect, it } from "vitest";
import { mostUnsentBytes, OutgoingQueue, stallSeconds } from "./outgoing-queue.ts";

const picture = { header: false, keyframe: false, hasVideo: true };
const keyframe = { ...picture, keyframe: true };

describe("what is sent to a slow destination", () => {
  it("is everything while little waits", () => {
    const queue = new OutgoingQueue();
    expect(queue.admits(mostUnsentBytes, picture)).toBe(true);
    expect(queue.skipping).toBe(false);
  });

  it("is left out from where too much waits to a keyframe with nearly nothing before it", () => {
    const queue = new OutgoingQueue();
    expect(queue.admits(mostUnsentBytes + 1, keyframe)).toBe(false);
    expect(queue.admits(mostUnsentBytes / 2, keyframe)).toBe(false);
    expect(queue.admits(0, picture)).toBe(false);
    expect(queue.admits(mostUnsentBytes * 2, { ...picture, header: true })).toBe(true);
    expect(queue.skipping).toBe(true);
    expect(queue.admits(0, keyframe)).toBe(true);
    expect(queue.admits(0, picture)).toBe(true);
  });

  it("begins again anywhere when there is sound alone", () => {
    const queue = new OutgoingQueue();
    queue.admits(mostUnsentBytes + 1, { ...picture, hasVideo: false });
    expect(queue.admits(0, { ...picture, hasVideo: false })).toBe(true);
  });
});

describe("a destination that takes nothing", () => {
  const after = (seconds: number) => seconds * 1000;

  it("is stalled when something has waited for it all the time", () => {
    const queue = new OutgoingQueue();
    expect(queue.isStalled(100, 50, after(0))).toBe(false);
    expect(queue.isStalled(100, 90, after(stallSeconds - 1))).toBe(false);
    expect(queue.isStalled(100, 99, after(stallSeconds))).toBe(true);
  });

  it("is not stalled while it takes a little, nor while there is nothing to take", () => {
    const queue = new OutgoingQueue();
    queue.isStalled(100, 50, after(0));
    queue.isStalled(101, 50, after(stallSeconds - 1));
    expect(queue.isStalled(101, 50, after(stallSeconds))).toBe(false);
    queue.isStalled(101, 0, after(2 * stallSeconds));
    expect(queue.isStalled(101, 5, after(3 * stallSeconds - 1))).toBe(false);
  });
});
