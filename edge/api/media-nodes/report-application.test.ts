import { expect, test } from "vitest";
import type { StreamReport } from "../../protocol/internal-media.ts";
import { applyReport, type ReportedStream } from "./report-application.ts";

const now = new Date("2026-01-01T12:00:00Z");
const starting: ReportedStream = {
  status: "starting",
  mediaNodeId: "nod_a",
  broadcastId: null,
  reportRevision: 10,
  startedAt: null,
};
const live: ReportedStream = { ...starting, status: "live", broadcastId: "brd_1", startedAt: now };
const report = (more: Partial<StreamReport>): StreamReport => ({ streamId: "str_a", revision: 11, ...more });

test("a live report starts the clock and is announced", () => {
  const effect = applyReport(starting, report({ status: "live", broadcastId: "brd_1" }), "nod_a", now);
  expect(effect).toEqual({
    change: {
      reportRevision: 11,
      status: "live",
      broadcastId: "brd_1",
      startedAt: now,
      endedAt: null,
    },
    announce: true,
  });
});

test("an older report and the same one again change nothing", () => {
  for (const revision of [9, 10]) {
    expect(applyReport(starting, report({ revision, status: "ended" }), "nod_a", now)).toBeNull();
  }
});

test("a report without news of the status is not announced", () => {
  const effect = applyReport(
    live,
    report({ status: "live", broadcastId: "brd_1", warnings: [{ code: "c", detail: "d" }] }),
    "nod_a",
    now,
  );
  expect(effect?.announce).toBe(false);
  expect(effect?.change.warnings).toEqual([{ code: "c", detail: "d" }]);
});

test("a node that does not hold the stream cannot end it", () => {
  expect(applyReport(live, report({ revision: 99, status: "ended" }), "nod_b", now)).toBeNull();
});

test("a node that refused a publisher of another's stream says why, and no more", () => {
  const effect = applyReport(live, report({ revision: 1, lastError: "refused", warnings: [] }), "nod_b", now);
  expect(effect).toEqual({ change: { lastError: "refused" }, announce: false });
});

test("a report that was under way when the stream was ended does not bring it back", () => {
  const ended = { ...live, status: "ended" } as const;
  const late = applyReport(ended, report({ status: "live", broadcastId: "brd_1" }), "nod_a", now);
  expect(late?.change.status).toBeUndefined();
  expect(late?.announce).toBe(false);
});

test("a stream published again after its end is live again", () => {
  const ended = { ...live, status: "ended" } as const;
  const again = applyReport(
    ended,
    report({ status: "live", broadcastId: "brd_2", startedAt: "2026-01-01T12:00:05Z" }),
    "nod_a",
    now,
  );
  expect(again?.change.status).toBe("live");
  expect(again?.change.endedAt).toBeNull();
  expect(again?.change.startedAt).toEqual(new Date("2026-01-01T12:00:05Z"));
});

test("an end is dated, and an error alone leaves the status as it is", () => {
  expect(applyReport(live, report({ status: "ended" }), "nod_a", now)?.change.endedAt).toEqual(now);
  expect(applyReport(live, report({ lastError: "no video" }), "nod_a", now)?.change).toEqual({
    reportRevision: 11,
    lastError: "no video",
  });
});
