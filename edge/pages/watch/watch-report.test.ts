import { expect, test } from "vitest";
import { WatchReports } from "./watch-report.ts";

test("nothing is said before something plays", () => {
  const reports = new WatchReports();
  expect(reports.next("loading", null, 0)).toBeNull();
  expect(reports.next("paused", null, 20_000)).toBeNull();
});

test("playing is said at once and every 15 s, stopping at once and once", () => {
  const reports = new WatchReports();
  expect(reports.next("playing", 6.5, 0)).toEqual({ playing: true, latencySeconds: 6.5 });
  expect(reports.next("playing", 6.5, 14_999)).toBeNull();
  expect(reports.next("playing", null, 15_000)).toEqual({ playing: true });
  expect(reports.next("paused", null, 16_000)).toEqual({ playing: false });
  expect(reports.next("paused", null, 60_000)).toBeNull();
});

test("stalls are counted once each, and told with what is said next", () => {
  const reports = new WatchReports();
  reports.next("playing", null, 0);
  expect(reports.next("stalled", null, 1_000)).toEqual({ playing: false, stalls: 1 });
  expect(reports.next("stalled", null, 2_000)).toBeNull();
  expect(reports.next("playing", null, 3_000)).toEqual({ playing: true });
});

test("after a new connection it is said again", () => {
  const reports = new WatchReports();
  reports.next("playing", null, 0);
  reports.again();
  expect(reports.next("playing", null, 1_000)).toEqual({ playing: true });
});
