import { expect, it } from "vitest";
import { SteadyClock } from "./steady-clock.ts";

const hour = 3600_000;

function clocks() {
  const time = { wall: 100 * hour, steady: 0 };
  const clock = new SteadyClock(
    () => time.wall,
    () => time.steady,
  );
  const pass = (hours: number, jumpHours = 0) => {
    time.steady += hours * hour;
    time.wall += (hours + jumpHours) * hour;
    return clock.isSteady();
  };
  return { clock, pass };
}

it("believes a clock that goes on, however long nobody looked", () => {
  const { pass } = clocks();
  expect([pass(1), pass(30), pass(0.1, 0.01)]).toEqual([true, true, true]);
});

it("believes nothing in the first hour", () => {
  const { pass } = clocks();
  expect([pass(0), pass(0.9), pass(0.1)]).toEqual([false, false, true]);
});

it("believes a clock that has jumped ahead only after a day", () => {
  const { pass } = clocks();
  expect([pass(0.1, 5000), pass(1), pass(22), pass(2), pass(1)]).toEqual([false, false, false, true, true]);
});

it("believes a clock at once that has jumped back, and one that was put right again", () => {
  const { pass } = clocks();
  expect([pass(1, -5000), pass(0.1)]).toEqual([true, true]);
  expect([pass(0.1, 48), pass(0.1, -48), pass(0.1)]).toEqual([false, true, true]);
});
