import { expect, it } from "vitest";
import { report, source } from "./broadcast-report.test-support.ts";
import { isWorthReporting } from "./report-worth.ts";

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
