import { expect, test } from "vitest";
import type { ActivityReport } from "../../protocol/internal-rooms.ts";
import { ActivityReports } from "./activity-reports.ts";
import { WatchClock } from "./watch-clock.ts";

function reports() {
  const state = { heard: true, sent: [] as ActivityReport[] };
  const watching = new WatchClock();
  const activity = new ActivityReports(watching, async (report) => {
    state.sent.push(structuredClone(report));
    return state.heard;
  });
  return { state, activity, watching };
}

test("what people did is summed, and said every five seconds at most", async () => {
  const { state, activity } = reports();
  for (const emoji of ["🎉", "🎉", "👏"]) activity.reacted("usr_a", emoji);
  await activity.tick(10_000);
  activity.reacted("usr_b", "🎉");
  await activity.tick(14_999);
  expect(state.sent.map(({ reactions }) => reactions)).toEqual([
    [
      { userId: "usr_a", emoji: "🎉", count: 2 },
      { userId: "usr_a", emoji: "👏", count: 1 },
    ],
  ]);
  expect(activity.isIdle).toBe(false);
  await activity.tick(15_000);
  expect(state.sent.length).toBe(2);
  expect(activity.isIdle).toBe(true);
  await activity.tick(20_000);
  expect(state.sent.length).toBe(2);
});

test("a report that was not heard is said again as it was, and what came since waits for the next", async () => {
  const { state, activity, watching } = reports();
  state.heard = false;
  activity.reacted("usr_a", "🎉");
  watching.said({ viewerId: "vwr_a", userId: null }, 1, { playing: true }, 0);
  await activity.tick(10_000);
  activity.reacted("usr_a", "🎉");
  state.heard = true;
  await activity.tick(15_000);
  await activity.tick(20_000);
  const [first, again, next] = state.sent;
  expect(again).toEqual(first);
  expect(next!.id).not.toBe(first!.id);
  expect(next).toMatchObject({ reactions: [{ count: 1 }], watching: [] });
});

test("who comes is named within a second, who plays with what they played, and who leaves as gone", async () => {
  const { state, activity, watching } = reports();
  const [ada, bob] = ["vwr_ada", "vwr_bob"].map((viewerId) => ({ viewerId, userId: null }));
  activity.rollCall.came(ada!);
  await activity.tick(10_000);
  expect(activity.rollCall.unnamed).toBe(0);
  activity.rollCall.came(bob!);
  watching.said(ada!, "tab", { playing: true, stalls: 1 }, 10_100);
  await activity.tick(11_000);
  activity.rollCall.left(ada!, 11_100);
  watching.gone(ada!.viewerId, "tab", 11_100);
  await activity.tick(13_000);
  const nothing = { playedSeconds: 0, stalls: 0 };
  expect(state.sent.map((report) => report.watching)).toEqual([
    [{ ...ada, ...nothing, here: true }],
    [
      { ...ada, playedSeconds: 0, stalls: 1, here: true },
      { ...bob, ...nothing, here: true },
    ],
    [
      { ...ada, playedSeconds: 1, stalls: 0, here: false },
      { ...ada, ...nothing, here: false },
    ],
  ]);
  expect(activity.isIdle).toBe(true);
});
