import { expect, it } from "vitest";
import { OutgoingTimeline } from "./outgoing-timeline.ts";

const through = (times: number[]) => {
  const timeline = new OutgoingTimeline();
  return times.map((time) => timeline.next(time));
};

it("begins at zero wherever the encoder is", () => {
  expect(through([5000, 5033, 5021, 5066])).toEqual([0, 33, 21, 66]);
});

it("shows nothing before its beginning", () => {
  expect(through([5000, 4990, 5010])).toEqual([0, 0, 10]);
});

it("goes on over the wrap of 32 bits", () => {
  expect(through([2 ** 32 - 20, 2 ** 32 - 3, 14])).toEqual([0, 17, 34]);
});
