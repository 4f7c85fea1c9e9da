import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { endStream } from "../../edge/api/streams/stream-changes.ts";
import { call, newToken } from "../../edge/api/streams/test-client.ts";
import { makeEvent, makeSession } from "../../edge/api/streams/test-scene.ts";
import { recordings } from "../../edge/db/schema/aftermath-tables.ts";
import { events } from "../../edge/db/schema/events-tables.ts";
import { laddersOf } from "../../testing/bench/processor-time.ts";
import { small as smallPicture, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { lastSequence } from "../streams/media-scene.test-support.ts";
import { TestMediaMachine, type TestStream } from "../test-media-machine.ts";
import { testMediaSettings } from "../test-media-settings.ts";
import { jumpingClock, jumpTo } from "./jumping-clock.test-support.ts";
import { probeMovie } from "./movie/movie.test-support.ts";
import { SmallDisk } from "./small-disk.test-support.ts";

const leastFreeMegabytes = 24;
/** Each step has a limit of its own; a machine that is busy comes near several of them. */
vi.setConfig({ testTimeout: 240_000 });
let machine: TestMediaMachine;
let directory: string;
let disk: SmallDisk | null;
let clock: string;
let file: string;
let admin: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-recordings-"));
  disk = await SmallDisk.mount(join(directory, "media"), 96);
  clock = join(directory, "clock");
  file = await testMedia({ ...smallPicture, width: 320, height: 180, keyframeInterval: 1 });
  const { sidecarCommand } = await testMediaSettings();
  const [node, ...program] = sidecarCommand;
  machine = await TestMediaMachine.start({
    mediaDirectory: join(directory, "media"),
    freeSpaceMinMegabytes: leastFreeMegabytes,
    leastFreeMegabytes: 1,
    sidecarCommand: [node, ...jumpingClock(clock), ...program],
  });
  admin = await newToken(machine.api, "admin");
});
// What one test leaves behind is none of the next one's business.
afterEach(() => Promise.all([disk?.empty(), jumpTo(clock, 0)]));
afterAll(async () => {
  await machine?.stop();
  await disk?.unmount();
  await rm(directory, { recursive: true, force: true });
});

const said = () => `; the machine said: ${machine.printed().slice(-3000)}`;
const publish = async (stream: TestStream) =>
  (await machine.goLive(stream, () => machine.publish(file, stream.streamKey))).publisher;
const rowOf = async ({ id }: TestStream) => {
  const rows = await machine.api.deps.db.select().from(recordings).where(eq(recordings.streamId, id));
  expect(rows.length, "one recording a broadcast").toBeLessThanOrEqual(1);
  return rows[0] ?? null;
};
const recorded = (stream: TestStream, seconds: number) =>
  waitFor(`${seconds} s are recorded${said()}`, async () => {
    const row = await rowOf(stream);
    return row !== null && row.durationSeconds >= seconds && row;
  });
const secondsOf = async (stream: TestStream) => (await rowOf(stream))?.durationSeconds ?? 0;
interface Finished {
  readonly path: string;
  readonly seconds: number;
  readonly seams: number;
}
/** Its pictures are made by FFmpegs that stand back behind everybody else. */
const untilMade = { timeoutSeconds: 90 };
/** Ends the broadcast, and answers where its only file is. */
async function finish(stream: TestStream): Promise<Finished> {
  await machine.api.deps.db.transaction((tx) => endStream(tx, stream.id, new Date()));
  const row = await waitFor(
    `the recording is ready${said()}`,
    async () => {
      const row = await rowOf(stream);
      if (row?.status === "ready") return row;
      throw new Error(JSON.stringify(row));
    },
    untilMade,
  );
  expect(row.files.length, JSON.stringify(row.files)).toBe(1);
  const path = join(machine.settings.mediaDirectory, "recordings", row.playbackId, "recording.mp4");
  const { text } = await machine.watch(`${row.playbackId}/v0.m3u8`);
  return { path, seconds: row.durationSeconds, seams: seamsIn(text) };
}
/** At each seam the shorter of picture and sound is waited for: a frame of either at most. */
async function expectToPlay({ path, seconds, seams }: Finished): Promise<void> {
  const probed = await probeMovie(path);
  expect(probed.errors).toBe("");
  const tolerance = (seams + 1) * (1 / smallPicture.framesPerSecond + 1024 / 48_000);
  expect(Math.abs(probed.seconds - seconds), `${probed.seconds} of ${seconds} s`).toBeLessThan(tolerance);
}
const playlistOf = async ({ playbackId }: TestStream) => (await machine.watch(`${playbackId}/v0.m3u8`)).text;
const seamsIn = (playlist: string) => playlist.match(/#EXT-X-DISCONTINUITY\n/g)?.length ?? 0;
/** How many segments have been published so far; null where there is no playlist at this moment. */
const newest = async (stream: TestStream) => {
  const text = await playlistOf(stream);
  return text.startsWith("#EXTM3U") ? lastSequence(text) : null;
};
async function expectToGoOn(stream: TestStream): Promise<void> {
  const before = await waitFor("a playlist", () => newest(stream));
  const goesOn = async () => ((await newest(stream)) ?? 0) > before + 1;
  await waitFor(`the live stream goes on${said()}`, goesOn);
}

it("stops recording on a disk that fills, says so, and records again when there is room, live all the while", async ({
  skip,
}) => {
  const small = disk;
  if (small === null) return skip("this machine lets nobody mount a small disk");
  const stream = await machine.makeStream({ record: true });
  const publisher = await publish(stream);
  await recorded(stream, 3);
  const isWarned = async () => {
    const { warnings } = await machine.row(stream.id);
    return warnings.some(({ code }) => code === "recording-stopped");
  };
  await small.fill(leastFreeMegabytes - 2);
  await waitFor("the warning", isWarned);
  await expectToGoOn(stream);
  const before = await secondsOf(stream);
  await expectToGoOn(stream);

  // Now segments cannot be written either, though old ones go before their time.
  await waitFor("the packager has met it", async () => {
    await small.fill(0);
    return /disk is full|ENOSPC/.test(machine.printed());
  });
  expect(publisher.running).toBe(true);
  await small.empty();
  await expectToGoOn(stream);
  await waitFor("no warning any more", async () => !(await isWarned()));
  await recorded(stream, before + 3);
  expect(publisher.running, "the encoder was never cut").toBe(true);
  await publisher.stop();
  const finished = await finish(stream);
  await expectToPlay(finished);
});

it("is one recording that plays, however the clock jumps meanwhile", async () => {
  const stream = await machine.makeStream({ record: true });
  const publisher = await publish(stream);
  await recorded(stream, 2);
  for (const aheadSeconds of [2 * 86_400, -86_400, 0]) {
    const before = await secondsOf(stream);
    await jumpTo(clock, aheadSeconds);
    await expectToGoOn(stream);
    await recorded(stream, before + 2);
  }
  expect(publisher.running).toBe(true);
  await publisher.stop();
  await expectToPlay(await finish(stream));
  const { startedAt, endedAt } = (await rowOf(stream))!;
  expect(endedAt!.getTime()).toBeGreaterThanOrEqual(startedAt.getTime());
});

it("is live again when FFmpeg dies, and keeps its encoder, however the clock jumps meanwhile", async () => {
  const stream = await machine.makeStream();
  const publisher = await publish(stream);
  await jumpTo(clock, -86_400);
  await expectToGoOn(stream);
  const seams = seamsIn(await playlistOf(stream));
  for (const ladder of laddersOf(machine.pidOf("sidecar"))) process.kill(ladder, "SIGKILL");
  await waitFor(`another FFmpeg goes on${said()}`, async () => seamsIn(await playlistOf(stream)) > seams);

  // To such a clock, an encoder that spoke half a second ago has been silent for minutes.
  await jumpTo(clock, 0, 1000);
  const second = machine.publish(file, stream.streamKey);
  await waitFor(`the second encoder is refused${said()}`, () => !second.running);
  expect(publisher.running, `the first one${said()}`).toBe(true);
  await jumpTo(clock, 0);
  await expectToGoOn(stream);
  await publisher.kill();
});

// They wait for verdicts to grow old: side by side.
describe.concurrent("a recording of a private event", () => {
  it("is for whom its event is, and gone with all its files when it is deleted while it grows and is watched", async () => {
    const { db } = machine.api.deps;
    const sessionId = await makeSession(db, await makeEvent(db, { visibility: "private" }));
    const stream = await machine.makeStream({ record: true, sessionId });
    const publisher = await publish(stream);
    const row = await recorded(stream, 3);
    const address = async () => {
      const { body } = await call(machine.api, "GET", `/api/recordings/${row.id}`, 200, { token: admin });
      return new URL(body.playbackUrl).pathname.replace("/hls/", "");
    };
    const segmentOf = async (master: string) => {
      const media = await machine.watch(master.replace("master", "v0"));
      return master.replace("master.m3u8", /^v0\/\d+\.m4s$/m.exec(media.text)![0]);
    };
    const status = async (path: string) => (await machine.watch(path)).status;
    const first = await address();
    const segment = await segmentOf(first);
    expect([await status(first), await status(segment)]).toEqual([200, 200]);
    const bare = segment.replace(/~[^/]+\//, "");
    expect([await status(`${row.playbackId}/master.m3u8`), await status(bare)]).toEqual([404, 404]);

    await call(machine.api, "POST", `/api/streams/${stream.id}/revoke-playback`, 204, { token: admin });
    await waitFor("who was revoked gets no segment", async () => (await status(segment)) === 401);
    const second = await address();
    const again = await segmentOf(second);
    expect([await status(second), await status(again)], "others go on").toEqual([200, 200]);

    await call(machine.api, "DELETE", `/api/recordings/${row.id}`, 204, { token: admin });
    await waitFor("its files are gone", async () => (await status(again)) === 404);
    await waitFor("its address is gone", async () => (await status(second)) === 404);
    const folders = () => readdir(join(machine.settings.mediaDirectory, "recordings"));
    await waitFor("its folder is gone", async () => !(await folders()).includes(row.playbackId));
    const { body } = await call(machine.api, "GET", `/api/streams/${stream.id}/playback`, 200, {
      token: admin,
    });
    const live = new URL(body.url).pathname.split("/").slice(2, 4).join("/");
    await expectToGoOn({ ...stream, playbackId: live });
    await publisher.kill();
  });

  it("is hidden from strangers when its event becomes private", async () => {
    const { db } = machine.api.deps;
    const eventId = await makeEvent(db);
    const stream = await machine.makeStream({ record: true, sessionId: await makeSession(db, eventId) });
    const publisher = await publish(stream);
    const { playbackId } = await recorded(stream, 2);
    const status = async (path: string) => (await machine.watch(`${playbackId}/${path}`)).status;
    expect([await status("v0.m3u8"), await status("v0/0.m4s")]).toEqual([200, 200]);
    await call(machine.api, "PUT", `/api/events/${eventId}`, 200, {
      token: admin,
      body: { visibility: "private" },
    });
    const [event] = await db.select().from(events).where(eq(events.id, eventId));
    expect(event?.visibility).toBe("private");
    await waitFor("nothing of it is there", async () => {
      const all = [await status("v0.m3u8"), await status("v0/0.m4s")];
      return all.every((each) => each === 404);
    });
    await publisher.kill();
  });
});
