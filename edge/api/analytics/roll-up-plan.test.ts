import { expect, test } from "vitest";
import { planRollUp } from "./roll-up-plan.ts";

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
  return (
    plan && { ...plan, from: plan.from.toISOString().slice(11, 19), to: plan.to.toISOString().slice(11, 19) }
  );
};

test("minutes are reckoned again as far back as a beat may tell of", () => {
  expect(planned()).toEqual({ from: "10:52:00", to: "11:00:00", hours: false, isLast: true });
});

test("hours are reckoned when they have rested, whole", () => {
  expect(planned({ restMs: 40_000 })).toEqual({
    from: "10:00:00",
    to: "11:00:00",
    hours: true,
    isLast: true,
  });
  expect(planned({ from: at("11:02:00"), seenAt: at("11:05:00"), now: at("11:05:00"), restMs: 0 })).toEqual({
    from: "10:00:00",
    to: "11:00:00",
    hours: true,
    isLast: false,
  });
});

test("a long time is done hour by hour", () => {
  expect(planned({ from: at("11:00:00"), goesOn: true, seenAt: at("11:00:00") })).toEqual({
    from: "11:00:00",
    to: "12:00:00",
    hours: true,
    isLast: true,
  });
  expect(planned({ from: at("11:00:00"), goesOn: true, seenAt: at("10:59:59") })).toBeNull();
});

test("an hour whose raw log is gone in part is left as it is", () => {
  const gone = { from: at("08:00:00"), seenAt: at("10:30:00") };
  expect(planned({ ...gone, forgottenUntil: at("09:20:00") })).toMatchObject({
    from: "10:00:00",
    isLast: true,
  });
  expect(planned({ ...gone, forgottenUntil: at("10:20:00") })).toBeNull();
});
