import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { nextRewindLimit, RewindLimit } from "./rewind-limit.ts";

const gigabyte = 1024 ** 3;
const disk = (free: number) => ({ freeBytes: free * gigabyte, leastFreeBytes: gigabyte });

it("a disk with room leaves every stream its window", () => {
  expect(nextRewindLimit(86_400, disk(50), 7200, 86_400)).toBe(86_400);
});

it("a disk that fills up halves the longest window at once, and again while it helps, but not to nothing", () => {
  const limits = [86_400];
  for (let look = 0; look < 12; look++) limits.push(nextRewindLimit(limits.at(-1)!, disk(0.5), 7200, 86_400));
  expect(limits.slice(0, 4)).toEqual([86_400, 3600, 1800, 900]);
  expect(limits.at(-1)).toBe(30);
});

it("the limit grows again only when there is twice the room, so that it does not swing", () => {
  expect(nextRewindLimit(900, disk(1.5), 7200, 86_400)).toBe(900);
  expect(nextRewindLimit(900, disk(2.5), 7200, 86_400)).toBe(1800);
  expect(nextRewindLimit(60_000, disk(2.5), 7200, 86_400)).toBe(86_400);
});

it("looks at the disk that holds the media", async () => {
  const [roomy, full] = [new RewindLimit(tmpdir(), 3600, 0), new RewindLimit(tmpdir(), 3600, 2 ** 60)];
  expect([await roomy.look(120), roomy.seconds]).toEqual([false, 3600]);
  expect([await full.look(120), full.seconds]).toEqual([true, 60]);
});
