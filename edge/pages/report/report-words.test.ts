import { expect, test } from "vitest";
import { figures } from "../../protocol/figures.ts";
import { figureNames } from "./figure-names.ts";
import { inOrderOfTime, momentLine } from "./moment-words.ts";
import { curveOf, momentPlaces } from "./report-curve.ts";
import {
  datesWords,
  emptyWords,
  isLongReport,
  keyFigures,
  momentTime,
  qualityFigures,
} from "./report-words.ts";
import { emptyReport, testReport } from "./test-report.ts";

const shown = (of: ReturnType<typeof keyFigures>) =>
  Object.fromEntries(of.map(({ figure, value, detail }) => [figure, `${value} ${detail}`]));
const minute = (at: number) => new Date(Date.parse("2026-03-05T13:00:00Z") + at * 60_000).toISOString();
const point = (at: number, viewers: number) => ({
  at: minute(at),
  viewers,
  peakViewers: viewers,
  watchSeconds: viewers * 60,
  messages: 0,
});

test("every figure has a name, and no name is without a figure", () => {
  expect(Object.keys(figureNames).sort()).toEqual(Object.keys(figures).sort());
});

test("the key figures say what they are of", () => {
  const { summary } = testReport();
  const words = shown(keyFigures(summary, false));
  expect(words).toMatchObject({
    uniqueViewers: "1,873 1,420 signed in",
    watchSeconds: "1,116 h in all",
    averageWatchSeconds: "36 min for each viewer",
    engagementScore: "46 of 100",
    seatsTaken: "1,381 of 2,000, 69 %",
  });
  expect(words.peakViewers).toContain(`at ${momentTime(summary.peakAt!, false)}`);
});

test("an event to which nobody came has zeros, and no share of nothing", () => {
  const { summary } = emptyReport();
  const words = Object.values(shown([...keyFigures(summary, false), ...qualityFigures(summary.quality)]));
  expect(words.join(" ")).not.toMatch(/NaN|Infinity|undefined|null/);
  expect(words).toContain("0 nobody had a seat");
});

test("why there is nothing to see depends on whether something may come", () => {
  expect(emptyWords(emptyReport(), "scheduled")).toContain("yet");
  expect(emptyWords(emptyReport(), null)).toContain("yet");
  expect(emptyWords(emptyReport(), "ended")).toContain("Nobody watched");
  expect(emptyWords(testReport(), "ended")).toBeNull();
});

test("dates are those of what was seen, else of the plan", () => {
  const planned = { startsAt: "2026-03-04T09:00:00Z", endsAt: null };
  expect(datesWords(testReport(), planned)).toContain("5");
  expect(datesWords({ from: null, to: null }, planned)).toContain("4");
  expect(datesWords({ from: null, to: null }, { startsAt: null, endsAt: null })).toBe("No date yet");
});

test("in a report of more than a day times carry their day", () => {
  expect(isLongReport(testReport())).toBe(false);
  expect(isLongReport({ from: minute(0), to: minute(3000) })).toBe(true);
  expect(momentTime(minute(0), true).length).toBeGreaterThan(momentTime(minute(0), false).length);
});

test("where steps are left out the curve goes down to zero and comes back", () => {
  const curve = curveOf({ stepSeconds: 60, points: [point(0, 5), point(1, 6), point(10, 7), point(12, 8)] });
  expect(curve?.points.map(({ at, viewers }) => [(at - curve.from) / 60_000, viewers])).toEqual([
    [0.5, 5],
    [1.5, 6],
    [2.5, 0],
    [9.5, 0],
    [10.5, 7],
    [11.5, 0],
    [12.5, 8],
  ]);
  expect(curve!.to - curve!.from).toBe(13 * 60_000);
});

test("amounts of longer steps are told by the minute", () => {
  const hour = { ...point(0, 100), watchSeconds: 90_000, messages: 120 };
  const curve = curveOf({ stepSeconds: 3600, points: [hour] })!;
  expect(curve.points).toMatchObject([{ watchMinutes: 1500, messagesAMinute: 2 }]);
});

test("an event of no length at all is a curve of one step, and one without a sign is none", () => {
  const curve = curveOf({ stepSeconds: 60, points: [point(0, 1)] })!;
  expect(curve.to - curve.from).toBe(60_000);
  expect(curveOf({ stepSeconds: 60, points: [] })).toBeNull();
});

test("moments stand where they happened, at the ends when that was before or after", () => {
  const curve = curveOf({ stepSeconds: 60, points: [point(0, 1), point(9, 1)] })!;
  const moments = testReport().moments.slice(0, 2);
  const at = (minutes: number) => ({ ...moments[0]!, at: minute(minutes) });
  expect(momentPlaces([at(-5), at(5), at(50)], curve)).toEqual([0, 0.5, 1]);
});

test("a moment says what it was about, in the order of time", () => {
  const { moments } = testReport();
  expect(moments.map(momentLine)).toContain("448 viewers left");
  expect(moments.map(momentLine)).toContain("Poll: Where are you watching from?");
  expect(momentLine({ ...moments[0]!, text: "" })).toBe("Session starts");
  expect(inOrderOfTime(moments.toReversed()).map(({ at }) => at)).toEqual(moments.map(({ at }) => at));
});
