import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createLog } from "../../edge/protocol/log.ts";
import { Journal, journalPath, readJournal } from "./journal.ts";
import { SegmentPublisher } from "./segment-publisher.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-publisher-"));
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(directory, { recursive: true, force: true });
});

/** Of a broadcast with so many segments of a second, which a former sidecar published. */
async function resumed(segments: number): Promise<SegmentPublisher> {
  const place = { mediaDirectory: directory, playbackId: "pb_moved", broadcastId: "brd_moved" };
  const about = { prefix: "seg_former", generation: 0, startedAt: 0, partTargetSeconds: 0.35 };
  const journal = new Journal(journalPath(directory, place.broadcastId));
  const slots = [{ name: "180p", shortSide: 180, videoKbps: 300 }];
  await journal.create({ kind: "broadcast", playbackId: place.playbackId, ...about, slots });
  const codecs = { codecs: "avc1.42c00d", width: 320, height: 180, frameRate: 15 };
  await journal.append({
    kind: "run",
    run: 0,
    renditions: [{ slot: 0, ...codecs, declaredBitsPerSecond: 1 }],
  });
  const segment = { run: 0, durationSeconds: 1, bytes: [30], targetDuration: 1, discontinuity: false };
  for (let sequence = 0; sequence < segments; sequence++)
    await journal.append({ kind: "segment", ...segment, sequence, startsAt: sequence * 1000 });
  const [windowSeconds, log] = [60, createLog("test", () => {})];
  const publisher = new SegmentPublisher(
    { ...place, ...about, windowSeconds, log, onChange: () => {} },
    await readJournal(journalPath(directory, place.broadcastId), windowSeconds),
  );
  await publisher.settled();
  return publisher;
}

it("lets players skip nothing for a while when the segments have moved, however the clock is put", async () => {
  const publisher = await resumed(20);
  const skips = () => publisher.mediaPlaylist("v0", true)!.toString().includes("#EXT-X-SKIP:");
  expect(skips()).toBe(true);
  await publisher.movePrefix("seg_next", 1);
  expect(skips()).toBe(false);
  vi.setSystemTime(Date.now() + 3_600_000);
  expect(skips(), "an hour ahead").toBe(false);
  vi.advanceTimersByTime(29_000);
  expect(skips(), "after 29 s").toBe(false);
  vi.setSystemTime(Date.now() - 7_200_000);
  vi.advanceTimersByTime(2000);
  expect(skips(), "an hour back, after 31 s").toBe(true);
});
