import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createLog } from "../../edge/protocol/log.ts";
import { BroadcastEnd } from "./broadcast-end.ts";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2027-04-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

/** Of a broadcast whose last pictures take so long to be published. */
function endOf(publishingMs: number) {
  const told: string[] = [];
  const end = new BroadcastEnd(
    "brd_a",
    { keepEndedSeconds: 10, records: { remove: () => told.push("forgotten") } },
    createLog("test", () => {}),
  );
  const broadcast = {
    end: () => new Promise<void>((resolve) => setTimeout(resolve, publishingMs)),
    remove: async () => void told.push("removed"),
  };
  const later = { removing: () => told.push("removing"), removed: () => told.push("gone") };
  return { end, broadcast, later, told };
}
const all = ["removing", "removed", "forgotten", "gone"];

it("leaves players all of the time to see how a broadcast ended, however long its last pictures take", async () => {
  const { end, broadcast, later, told } = endOf(8000);
  end.close(broadcast);
  end.removeLater(broadcast, new Date().toISOString(), later);
  await vi.advanceTimersByTimeAsync(17_999);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(all);
});

it("counts from the end that a former sidecar wrote down", async () => {
  const { end, broadcast, later, told } = endOf(0);
  end.removeLater(broadcast, new Date(Date.now() - 7000).toISOString(), later);
  await vi.advanceTimersByTimeAsync(2999);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(all);
});

it("removes nothing once it is stopped, also where the last pictures come later", async () => {
  const { end, broadcast, later, told } = endOf(2000);
  end.close(broadcast);
  end.removeLater(broadcast, new Date().toISOString(), later);
  end.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
});
