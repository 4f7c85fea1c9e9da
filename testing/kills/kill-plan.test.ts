import { expect, test } from "vitest";
import { planKills, postgresAwaySeconds, sendingSeconds } from "./kill-plan.ts";

test("a seed always plans the same, another seed something else", () => {
  expect(planKills(7)).toEqual(planKills(7));
  expect(planKills(7)).not.toEqual(planKills(8));
});

test("whatever the seed, each victim dies while people send, in order of time", () => {
  for (let seed = 0; seed < 500; seed++) {
    const plan = planKills(seed);
    const times = plan.map(({ atSeconds }) => atSeconds);
    expect(new Set(plan.map(({ victim }) => victim)).size, `seed ${seed}`).toBe(4);
    expect(times, `seed ${seed}`).toEqual([...times].sort((a, b) => a - b));
    expect(
      times.every((at) => at >= 1 && at < sendingSeconds),
      `seed ${seed}: ${times}`,
    ).toBe(true);
    const postgres = plan.find(({ victim }) => victim === "postgres")!;
    expect(postgres.atSeconds + postgresAwaySeconds, `seed ${seed}`).toBeLessThanOrEqual(sendingSeconds);
  }
});

test("of two processes of rooms one dies, now this and now that", () => {
  const victims = Array.from({ length: 20 }, (_, seed) => planKills(seed, 2).map(({ victim }) => victim));
  for (const name of ["rooms", "rooms-2"] as const) {
    expect(victims.some((names) => names.includes(name))).toBe(true);
    expect(victims.some((names) => !names.includes(name))).toBe(true);
  }
});
