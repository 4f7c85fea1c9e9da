import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createLog } from "../../edge/protocol/log.ts";
import { BroadcastReporter } from "./broadcast-reporter.ts";
import type { BroadcastReport } from "./broadcast-settings.ts";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2027-04-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

function reporterOf() {
  const said: BroadcastReport[] = [];
  const settings = {
    log: createLog("test", () => {}),
    onReport: (report: BroadcastReport) => said.push(report),
  };
  const parts = { source: () => null, renditions: () => [], shed: () => [], playable: () => true };
  return { said, reporter: new BroadcastReporter(settings, parts) };
}

it("says at once what changed, and then no more than twice a second", () => {
  const { said, reporter } = reporterOf();
  reporter.warn("first", "A word.");
  vi.advanceTimersByTime(0);
  expect(said.map(({ warnings }) => warnings.length)).toEqual([1]);
  reporter.warn("second", "Another word.");
  reporter.warn("third", "A third word.");
  vi.advanceTimersByTime(499);
  expect(said.length).toBe(1);
  vi.advanceTimersByTime(1);
  expect(said.map(({ warnings }) => warnings.length)).toEqual([1, 3]);
});

it("goes on saying it when the clock is put back, or ahead", () => {
  const { said, reporter } = reporterOf();
  for (const [count, instant] of [
    "2027-04-01T12:00:00Z",
    "2027-04-01T10:00:00Z",
    "2027-04-03T10:00:00Z",
  ].entries()) {
    vi.setSystemTime(Date.parse(instant));
    reporter.warn(`code-${count}`, "A word.");
    vi.advanceTimersByTime(500);
    expect(said.length).toBe(count + 1);
  }
});

it("says that another publisher has come, also where the one before left a moment ago", () => {
  const { said, reporter } = reporterOf();
  reporter.receiving(true);
  vi.advanceTimersByTime(2000);
  expect(said.map(({ receiving }) => receiving)).toEqual([true]);
  reporter.changed();
  vi.advanceTimersByTime(0);
  reporter.receiving(false);
  reporter.receiving(true);
  vi.advanceTimersByTime(500);
  expect(said.map(({ receiving }) => receiving)).toEqual([true, true]);
  reporter.stop();
});

it("says nothing twice, and what is left when it stops", () => {
  const { said, reporter } = reporterOf();
  reporter.warn("first", "A word.");
  vi.advanceTimersByTime(500);
  reporter.changed();
  vi.advanceTimersByTime(500);
  expect(said.length).toBe(1);
  reporter.warn("first", null);
  reporter.stop();
  expect(said.map(({ warnings }) => warnings.length)).toEqual([1, 0]);
});
