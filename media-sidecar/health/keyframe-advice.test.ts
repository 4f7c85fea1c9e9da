import { expect, it } from "vitest";
import { segmentPaces } from "../packager/segment-cuts.ts";
import { keyframeAdvice } from "./keyframe-advice.ts";

it("says which keyframe interval to set, and where", () => {
  const where = "in OBS (Settings → Output → Keyframe interval)";
  expect(keyframeAdvice(8.333, segmentPaces.standard)).toBe(`Keyframes come every 8.3 s: set 2 s ${where}`);
  expect(keyframeAdvice(null, segmentPaces.standard)).toBe(`Keyframes come too rarely: set 2 s ${where}`);
  expect(keyframeAdvice(2, segmentPaces.low)).toBe(`Keyframes come every 2 s: set 1 s ${where}`);
  expect(keyframeAdvice(1, segmentPaces.low)).toBe(`Keyframes come too rarely: set 1 s ${where}`);
});
