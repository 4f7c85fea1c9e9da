import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createLog } from "../../edge/protocol/log.ts";
import { PrefixRotation } from "./prefix-rotation.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A holder that remembers what was done to it, and the disk of which fails as often as it is told. */
function scene(prefixGeneration = 0, failures = 0) {
  const done: string[] = [];
  const holder = {
    prefixGeneration,
    async movePrefix(generation: number) {
      if (failures-- > 0) throw new Error("the disk is full");
      done.push(`moved for ${generation}`);
      holder.prefixGeneration = generation;
      return {
        former: `seg_before_${generation}`,
        hide: async () => void done.push(`hid what was before ${generation}`),
      };
    },
  };
  const times = { delaySeconds: 12, graceSeconds: 10 };
  const rotation = new PrefixRotation(
    holder,
    times,
    createLog("test", () => {}),
  );
  return { done, rotation };
}

it("moves the segments when no verdict of before can be left, and hides the former place later", async () => {
  const { done, rotation } = scene();
  rotation.demand(1);
  await vi.advanceTimersByTimeAsync(11_900);
  expect(done).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(done).toEqual(["moved for 1"]);
  expect(rotation.isFormer("seg_before_1")).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(rotation.isFormer("seg_before_1")).toBe(false);
  expect(done).toEqual(["moved for 1", "hid what was before 1"]);
});

it("moves them again for what was revoked while they waited, however often", async () => {
  const { done, rotation } = scene();
  rotation.demand(1);
  await vi.advanceTimersByTimeAsync(6000);
  rotation.demand(2);
  rotation.demand(3);
  await vi.advanceTimersByTimeAsync(6100);
  expect(done).toEqual(["moved for 1"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(done.filter((what) => what.startsWith("moved"))).toEqual(["moved for 1", "moved for 3"]);
});

it("leaves them where they are when they were put there after the revocation", async () => {
  const { done, rotation } = scene(4);
  rotation.demand(4);
  rotation.demand(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(done).toEqual([]);
});

it("tries again when the disk refuses", async () => {
  const { done, rotation } = scene(0, 2);
  rotation.demand(1);
  await vi.advanceTimersByTimeAsync(23_000);
  expect(done).toEqual(["moved for 1"]);
});

it("does nothing any more when it is stopped", async () => {
  const { done, rotation } = scene();
  rotation.demand(1);
  rotation.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(done).toEqual([]);
});
