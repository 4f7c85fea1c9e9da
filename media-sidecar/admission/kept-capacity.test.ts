import { expect, it } from "vitest";
import { readKept } from "./kept-capacity.ts";

const day = 24 * 3600 * 1000;
const kept = { machine: "this", encoder: "libx264", samplesPerSecond: 1e8, measuredAt: 100 * day };
const read = (text: string, atDay = 101) => readKept(text, "this", atDay * day);

it("a measurement of this machine is good for a month", () => {
  const capacity = { encoder: "libx264", samplesPerSecond: 1e8 };
  expect(read(JSON.stringify(kept))).toEqual(capacity);
  expect(read(JSON.stringify(kept), 130)).toEqual(capacity);
  expect(read(JSON.stringify(kept), 131)).toBeNull();
});

it.each([
  ["of another machine", JSON.stringify({ ...kept, machine: "another" })],
  ["of a time that has not come", JSON.stringify({ ...kept, measuredAt: 102 * day })],
  ["of nothing", JSON.stringify({ ...kept, samplesPerSecond: 0 })],
  ["of an encoder that is not known", JSON.stringify({ ...kept, encoder: "mpeg2" })],
  ["half written", JSON.stringify(kept).slice(0, 40)],
  ["not there", ""],
])("a measurement %s is none", (_, text) => {
  expect(read(text)).toBeNull();
});
