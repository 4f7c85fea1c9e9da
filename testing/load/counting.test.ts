import { describe, expect, it } from "vitest";
import { Arrivals } from "./arrivals.ts";
import { DeliveryTimes } from "./delivery-times.ts";
import { findNumberedText, numberedText } from "./numbered-text.ts";

describe("what the load generator counts", () => {
  it("finds every numbered text of a frame, in order, and nothing else", () => {
    const messages = [0, 7, 123_456].map((number) => ({
      type: "chat:message",
      seq: number + 1,
      data: { text: numberedText(number, 1_700_000_000_000 + number), replyTo: null },
    }));
    const other = { type: "chat:message", data: { text: "not numbered ~1~2~" } };
    const frame = Buffer.from(JSON.stringify([other, ...messages]));
    const found: number[][] = [];
    for (let text = findNumberedText(frame, 0); text !== null; text = findNumberedText(frame, text.at + 1)) {
      found.push([text.number, text.sentAt]);
    }
    expect(found).toEqual([
      [0, 1_700_000_000_000],
      [7, 1_700_000_000_007],
      [123_456, 1_700_000_123_456],
    ]);
  });

  it("tells what came twice from what came first, far apart and side by side", () => {
    const arrivals = new Arrivals();
    for (const number of [0, 1, 8, 100_000]) expect(arrivals.add(number), String(number)).toBe(true);
    for (const number of [0, 1, 8, 100_000]) expect(arrivals.add(number), String(number)).toBe(false);
    expect([0, 2, 8, 99_999, 100_000, 5_000_000].filter((number) => arrivals.has(number))).toEqual([
      0, 8, 100_000,
    ]);
  });

  it("reads percentiles off counted times", () => {
    const times = new DeliveryTimes();
    expect(times.percentile(0.95)).toBeNaN();
    for (let milliseconds = 1; milliseconds <= 100; milliseconds++) times.add(milliseconds);
    expect([0.5, 0.95, 1].map((share) => times.percentile(share))).toEqual([50, 95, 100]);
    times.add(1e9);
    expect(times.percentile(1)).toBe(120_000);
  });
});
