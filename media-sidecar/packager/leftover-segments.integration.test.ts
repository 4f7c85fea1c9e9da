import { copyFile, mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLog } from "../../edge/protocol/log.ts";
import { makeRun } from "../recordings/movie/movie.test-support.ts";
import type { MovieSegment } from "../recordings/movie/write-movie.ts";
import { type JournalContent, journalPath, readJournal } from "./journal.ts";
import { type SegmentAsPublished, SegmentPublisher } from "./segment-publisher.ts";
import type { PublishableRun } from "./timeline-writer.ts";

let directory: string;
let media: MovieSegment[];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-leftovers-"));
  media = await makeRun(directory, "media", { seconds: 3, offsetSeconds: 10 });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const broadcastId = "brd_leftovers";
/** A sidecar's, until it is killed; `published` is what it told of. */
function sidecar(resumed: JournalContent | null) {
  const published: SegmentAsPublished[] = [];
  const publisher = new SegmentPublisher(
    {
      ...{ mediaDirectory: directory, playbackId: "pb_leftovers", broadcastId, prefix: "seg_leftovers" },
      ...{ generation: 0, startedAt: 0, windowSeconds: 60, partTargetSeconds: null },
      log: createLog("test", () => {}),
      onChange: () => {},
      onSegment: (segment) => published.push(segment),
    },
    resumed,
  );
  return { publisher, published };
}
const next = async () => {
  const running = sidecar(await readJournal(journalPath(directory, broadcastId), 60));
  await running.publisher.settled();
  return running;
};
async function announced(run: number, zeroAt: number): Promise<PublishableRun> {
  const data = await readFile(media[0]!.initPath);
  const picture = { codecs: "avc1.42c00d,mp4a.40.2", width: 320, height: 180 };
  const rendition = { slot: 0, ...picture, frameRate: 15, declaredBitsPerSecond: 0 };
  return { run, zeroAt, targetDuration: 1, renditions: [rendition], inits: [{ data, ...picture }] };
}

it("publishes what runs had written that were killed before they published anything", async () => {
  const first = sidecar(null).publisher;
  first.begin([{ name: "180p", shortSide: 180, videoKbps: 300 }]);
  await first.store.prepare(1);
  first.announce(await announced(0, 1_000_000));
  await first.settled();
  await copyFile(media[0]!.path, first.store.temporaryPath(0, 0, 0));
  await copyFile(media[1]!.path, first.store.temporaryPath(0, 0, 1));

  const second = await next();
  const known = ({ segment, again }: SegmentAsPublished) => ({ ...segment, bytes: undefined, again });
  const segment = { run: 0, durationSeconds: 1, bytes: undefined, discontinuity: false, again: false };
  expect(second.published.map(known)).toEqual([
    { ...segment, sequence: 0, startsAt: 1_010_000 },
    { ...segment, sequence: 1, startsAt: 1_011_000 },
  ]);
  const playlist = second.publisher.mediaPlaylist("v0")!.toString();
  expect(playlist).toContain("#EXT-X-TARGETDURATION:1\n");

  // Its own run dies before its first segment is whole, too.
  second.publisher.announce(await announced(1, 2_000_000));
  await second.publisher.settled();
  const open = second.publisher.store.temporaryPath(0, 1, 0);
  await copyFile(media[2]!.path, open);
  const third = await next();
  expect(third.published.filter(({ again }) => !again).map(known)).toEqual([
    { ...segment, sequence: 2, run: 1, startsAt: 2_012_000, discontinuity: true },
  ]);
});

it("has nothing to go on with where no fragment is whole", async () => {
  await rm(journalPath(directory, broadcastId));
  const { publisher } = sidecar(null);
  publisher.begin([{ name: "180p", shortSide: 180, videoKbps: 300 }]);
  publisher.announce(await announced(0, 1_000_000));
  await publisher.settled();
  const open = publisher.store.temporaryPath(0, 0, 0);
  await copyFile(media[0]!.path, open);
  await truncate(open, 100);
  const after = await next();
  expect([after.published, after.publisher.playable]).toEqual([[], false]);
});
