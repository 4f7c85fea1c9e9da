import { expect, it } from "vitest";
import { segmentPaces } from "../packager/segment-cuts.ts";
import { describeShed, noRoomAdvice, shedWarning } from "./ladder-words.ts";

const leftOut = [
  { name: "1080p", reason: "too-slow" },
  { name: "720p", reason: "no-room" },
  { name: "480p", reason: "no-room" },
] as const;

it("says what is not made, why, and what viewers see instead", () => {
  expect(shedWarning(leftOut, "too-slow")).toBe(
    "The media machine fell behind: 1080p is not made now, and viewers see the next lower quality",
  );
  expect(shedWarning(leftOut, "no-room")).toBe(
    "The media machine is busy with other streams: 720p and 480p are not made now, and viewers see the next lower quality",
  );
  expect(shedWarning(leftOut.slice(1), "too-slow")).toBeNull();
  expect(describeShed(leftOut).map(({ name }) => name)).toEqual(["1080p", "720p", "480p"]);
});

it("says to who is sent away what to change", () => {
  expect(noRoomAdvice(segmentPaces.standard)).toMatch(/no room .* keyframe interval of 2 s/);
});
