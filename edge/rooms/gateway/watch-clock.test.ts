import { expect, test } from "vitest";
import { WatchClock } from "./watch-clock.ts";

const ada = { viewerId: "usr_ada", userId: "usr_ada" };
const playing = { playing: true };
const paused = { playing: false };

test("time between two words of a player that plays is played", () => {
  const clock = new WatchClock();
  clock.said(ada, "tab", { ...playing, latencySeconds: 3 }, 0);
  clock.said(ada, "tab", { ...playing, stalls: 1 }, 15_000);
  clock.said(ada, "tab", { ...paused, stalls: 2 }, 20_000);
  clock.said(ada, "tab", paused, 90_000);
  expect(clock.take(10)).toEqual([{ ...ada, playedSeconds: 20, stalls: 3, latencySeconds: 3 }]);
  expect(clock.take(10)).toEqual([]);
});

test("a player that says nothing for long has played half a minute at most", () => {
  const clock = new WatchClock();
  clock.said(ada, "tab", playing, 0);
  clock.said(ada, "tab", playing, 3_600_000);
  expect(clock.take(10)).toMatchObject([{ playedSeconds: 30 }]);
});

test("two players of one person count once, and one that is gone ends its time", () => {
  const clock = new WatchClock();
  clock.said(ada, "one", playing, 0);
  clock.said(ada, "two", playing, 0);
  clock.said(ada, "one", playing, 10_000);
  clock.said(ada, "two", playing, 10_000);
  clock.gone(ada.viewerId, "one", 15_000);
  clock.gone(ada.viewerId, "two", 18_000);
  clock.gone(ada.viewerId, "two", 60_000);
  expect(clock.take(10)).toMatchObject([{ playedSeconds: 18 }]);
});

test("each report has what is new, of so many people as fit", () => {
  const clock = new WatchClock();
  for (let n = 0; n < 3; n++) clock.said({ viewerId: `vwr_${n}`, userId: null }, n, playing, 0);
  expect(clock.take(2).length).toBe(2);
  expect(clock.take(2)).toMatchObject([{ viewerId: "vwr_2", userId: null }]);
  for (let n = 0; n < 3; n++) clock.said({ viewerId: `vwr_${n}`, userId: null }, n, playing, 5_000);
  expect(clock.take(9).map(({ playedSeconds }) => playedSeconds)).toEqual([5, 5, 5]);
});
