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
