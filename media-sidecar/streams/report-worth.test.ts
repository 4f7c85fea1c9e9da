import { expect, it } from "vitest";
import type { BroadcastReport } from "../broadcast/broadcast-settings.ts";
import { isWorthReporting } from "./report-worth.ts";

const source = {
  videoCodec: "h264",
  width: 640,
  height: 360,
  frameRate: 30,
  audioCodec: "aac",
  audioSampleRateHz: 48_000,
  audioChannels: 2,
  bitrateKbps: 900,
  keyframeIntervalSeconds: 2,
};
const report: BroadcastReport = {
  source,
  renditions: [],
  shed: [],
  warnings: [],
  playable: true,
  receiving: true,
};
const told = { report, atMs: 0 };

it("tells the edge at once what is news", () => {
  expect(isWorthReporting(report, null, 0)).toBe(true);
  expect(isWorthReporting({ ...report, warnings: [{ code: "late-keyframes", detail: "…" }] }, told, 1)).toBe(
    true,
  );
  expect(isWorthReporting({ ...report, source: { ...source, height: 720 } }, told, 1)).toBe(true);
});

it("tells figures that never stand still every five seconds, and nothing when nothing changed", () => {
  const faster = { ...report, source: { ...source, bitrateKbps: 1200 } };
  expect(isWorthReporting(faster, told, 4999)).toBe(false);
  expect(isWorthReporting(faster, told, 5000)).toBe(true);
  expect(isWorthReporting(report, told, 60_000)).toBe(false);
});
