import { expect, test } from "vitest";
import { failedLast, planRollUp } from "./roll-up-plan.ts";

const at = (time: string) => Date.parse(`2026-03-01T${time}Z`);
const asked = {
  from: at("10:58:30"),
  goesOn: false,
  seenAt: at("10:59:10"),
  now: at("10:59:12"),
  forgottenUntil: Number.NEGATIVE_INFINITY,
  restMs: 120_000,
};
const planned = (more: Partial<typeof asked> = {}) => {
  const plan = planRollUp({ ...asked, ...more });
  const time = (date: Date) => date.toISOString().slice(11, 16);
  return plan && [time(plan.minutes.from), time(plan.minutes.to), plan.hour && time(plan.hour), plan.isLast];
};

test("minutes are reckoned again as far back as a beat may tell of", () => {
  expect(planned()).toEqual(["10:52", "11:00", null, true]);
});

test("hours are reckoned when they have rested", () => {
  expect(planned({ restMs: 40_000 })).toEqual(["10:52", "11:00", "10:00", true]);
  const next = { from: at("11:02:00"), seenAt: at("11:05:00"), now: at("11:05:00"), restMs: 0 };
  expect(planned(next)).toEqual(["10:56", "11:00", "10:00", false]);
  expect(planned({ ...next, from: at("11:00:00"), goesOn: true })).toEqual(["11:00", "11:06", "11:00", true]);
});

test("a long time is done hour by hour, up to the last that was seen", () => {
  const long = { from: at("08:30:00"), seenAt: at("10:00:00") };
  expect(planned(long)).toEqual(["08:24", "09:00", "08:00", false]);
  expect(planned({ ...long, from: at("09:00:00"), goesOn: true })).toEqual([
    "09:00",
    "10:00",
    "09:00",
    false,
  ]);
  expect(planned({ ...long, from: at("10:00:00"), goesOn: true })).toEqual(["10:00", "10:01", "10:00", true]);
  expect(planned({ ...long, from: at("11:00:00"), goesOn: true })).toBeNull();
});

test("an hour whose raw log is gone in part is left as it is", () => {
  const gone = { from: at("08:00:00"), seenAt: at("10:30:00") };
  expect(planned({ ...gone, forgottenUntil: at("09:20:00") })).toEqual(["10:00", "10:31", "10:00", true]);
  expect(planned({ ...gone, forgottenUntil: at("10:20:00") })).toBeNull();
});

test("what failed of late waits until all others had their turn", () => {
  const units = [{ eventId: "evt_a" }, { streamId: "str_b" }, { eventId: "evt_c" }, { eventId: "evt_d" }];
  expect(failedLast(units, new Set(["evt_a", "evt_c"]))).toEqual([units[1], units[3], units[0], units[2]]);
  expect(failedLast(units, new Set())).toEqual(units);
});
