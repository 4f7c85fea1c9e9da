import { expect, test } from "vitest";
import { BeatSchedule } from "./beat-schedule.ts";

/** Looked at once a second from zero on; the seconds in which a beat was due. */
function beats(
  schedule: BeatSchedule,
  seconds: number,
  at: (second: number) => [boolean, boolean],
): number[] {
  const due: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const [isPlaying, isVisible] = at(second);
    if (!schedule.isDue(second * 1000, isPlaying, isVisible)) continue;
    schedule.sent(second * 1000, isPlaying);
    due.push(second);
  }
  return due;
}

test("nothing is due before it plays; then at once, after a part of the period, and every period", () => {
  const schedule = new BeatSchedule(10, () => 0.2);
  expect(beats(schedule, 50, (second) => [second >= 5, true])).toEqual([5, 11, 21, 31, 41]);
});

test("a pause and its end are told at once, the rhythm goes on, also through the pause", () => {
  const schedule = new BeatSchedule(10, () => 0);
  const paused = (second: number) => second >= 7 && second < 24;
  expect(beats(schedule, 40, (second) => [!paused(second), true])).toEqual([0, 5, 7, 15, 24, 25, 35]);
});

test("a player that plays by fits and starts is heard once a second at most, and its last state for certain", () => {
  const schedule = new BeatSchedule(15, () => 0);
  const due = [];
  for (let tenth = 0; tenth < 50; tenth++) {
    const isPlaying = tenth > 33 || tenth % 2 === 0;
    if (!schedule.isDue(tenth * 100, isPlaying, true)) continue;
    schedule.sent(tenth * 100, isPlaying);
    due.push([tenth * 100, isPlaying]);
  }
  expect(due.map(([at]) => at)).toEqual([0, 1100, 2200, 3300, 4300]);
  expect(due.slice(-2)).toEqual([
    [3300, false],
    [4300, true],
  ]);
});

test("a page that is paused and out of sight falls silent after ten minutes, until it is seen again", () => {
  const schedule = new BeatSchedule(15, () => 0);
  const due = beats(schedule, 3_000, (second) => [second < 60, second >= 2_000]);
  expect(due.filter((second) => second > 60 && second < 2_000).at(-1)).toBeGreaterThan(59 + 570);
  expect(due.filter((second) => second >= 660 && second < 2_000)).toEqual([]);
  expect(due.find((second) => second >= 660)).toBe(2_000);
});

test("one that plays out of sight, or is paused in sight, does not fall silent", () => {
  const playing = beats(new BeatSchedule(15, () => 0), 3_000, () => [true, false]);
  const paused = beats(new BeatSchedule(15, () => 0), 3_000, (second) => [second < 60, true]);
  expect([playing.at(-1), paused.at(-1)].every((second) => second! > 2_980)).toBe(true);
});

test("the first beat is tried again soon, and less soon each time; once it was heard, others are not", () => {
  const schedule = new BeatSchedule(15, () => 0);
  const due: number[] = [];
  for (let second = 0; second < 60; second++) {
    if (!schedule.isDue(second * 1000, true, true)) continue;
    schedule.sent(second * 1000, true);
    if (second === 15) schedule.heard();
    schedule.unheard(second * 1000);
    due.push(second);
  }
  expect(due).toEqual([0, 1, 3, 7, 15, 30, 45]);
});
