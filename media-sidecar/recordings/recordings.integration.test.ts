import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { endStream } from "../../edge/api/streams/stream-changes.ts";
import { call, signIn } from "../../edge/api/streams/test-client.ts";
import { makeEvent, makeSession, makeUser } from "../../edge/api/streams/test-scene.ts";
import { recordings } from "../../edge/db/schema/aftermath-tables.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine, type TestStream } from "../test-media-machine.ts";
import { probeMovie } from "./movie/movie.test-support.ts";

const run = promisify(execFile);
let machine: TestMediaMachine;
let directory: string;
let file: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-recordings-"));
  file = await testMedia({ ...small, width: 320, height: 180 });
  machine = await TestMediaMachine.start({ freeSpaceMinMegabytes: 1 });
});
afterAll(async () => {
  await machine.stop();
  await rm(directory, { recursive: true, force: true });
});

const rowOf = async ({ id }: TestStream) => {
  const [row] = await machine.api.deps.db.select().from(recordings).where(eq(recordings.streamId, id));
  return row ?? null;
};
const recorded = (stream: TestStream, seconds: number) =>
  waitFor(
    `${seconds} s are recorded; the machine said: ${machine.printed().slice(-2000)}`,
    async () => {
      const row = await rowOf(stream);
      return row !== null && row.durationSeconds >= seconds ? row : null;
    },
    { timeoutSeconds: 60 },
  );
const ready = (stream: TestStream) =>
  waitFor(
    `the recording is ready; the machine said: ${machine.printed().slice(-2000)}`,
    async () => {
      const row = await rowOf(stream);
      return row?.status === "ready" ? row : null;
    },
    { timeoutSeconds: 60 },
  );

it("makes one recording of three reconnects and a killed sidecar, which plays from end to end", async () => {
  const stream = await machine.makeStream({ record: true, reconnectWindowSeconds: 60 });
  let publisher = machine.publish(file, stream.streamKey);
  await machine.until(stream, "live");
  let row = await recorded(stream, 4);
  // While it grows it is replayed from its beginning already.
  const growing = await machine.watch(`${row.playbackId}/v0.m3u8`);
  expect(growing.text).toContain("#EXT-X-PLAYLIST-TYPE:EVENT");
  for (let reconnect = 0; reconnect < 3; reconnect++) {
    await publisher.kill();
    await machine.until(stream, "reconnecting");
    const before = (await rowOf(stream))!.durationSeconds;
    publisher = machine.publish(file, stream.streamKey);
    await machine.until(stream, "live");
    await recorded(stream, before + 3);
    if (reconnect === 1) {
      await machine.killAndRestart("sidecar");
      await recorded(stream, before + 6);
    }
  }
  await publisher.stop();
  await machine.until(stream, "reconnecting");
  await machine.api.deps.db.transaction((tx) => endStream(tx, stream.id, new Date()));
  row = await ready(stream);
  expect(row.files.length, JSON.stringify(row.files)).toBe(1);

  const playlist = await machine.watch(`${row.playbackId}/v0.m3u8`);
  expect(playlist.text).toContain("#EXT-X-PLAYLIST-TYPE:VOD");
  expect(playlist.text).toContain("#EXT-X-ENDLIST");
  const listed = [...playlist.text.matchAll(/#EXTINF:([\d.]+)/g)].reduce(
    (sum, [, each]) => sum + Number(each),
    0,
  );
  expect(Math.abs(listed - row.durationSeconds) / listed).toBeLessThan(0.01);

  const base = `http://127.0.0.1:${machine.settings.httpPort}/hls`;
  const answer = await fetch(`${base}/${row.playbackId}/recording.mp4?download`);
  expect([answer.status, answer.headers.get("content-disposition")]).toEqual([200, "attachment"]);
  const path = join(directory, "recording.mp4");
  const bytes = Buffer.from(await answer.arrayBuffer());
  await writeFile(path, bytes);
  const { tracks, seconds, errors } = await probeMovie(path);
  expect(errors).toBe("");
  expect(Math.abs(seconds - listed) / listed, `${seconds} of ${listed} s`).toBeLessThan(0.01);
  const [first, second] = tracks.map(({ duration }) => Number(duration));
  expect(Math.abs(first! - second!), JSON.stringify(tracks)).toBeLessThan(0.15);

  const part = await fetch(`${base}/${row.playbackId}/recording.mp4`, {
    headers: { range: "bytes=100-199" },
  });
  expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 100-199/${bytes.length}`]);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200));
  const poster = await fetch(`${base}/${row.playbackId}/poster.jpg`);
  expect([poster.status, poster.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
  await poster.arrayBuffer();

  const asTheyAre = ["-fps_mode", "passthrough", "-enc_time_base", "-1"];
  const url = `${base}/${row.playbackId}/v0.m3u8`;
  const hls = await run("ffmpeg", ["-v", "error", "-i", url, ...asTheyAre, "-f", "null", "-"]);
  expect(hls.stderr).toBe("");
  expect(await readFile(path)).toEqual(bytes);
});

it("is for whom its event is, and gone with all its files when it is deleted while it is made and watched", async () => {
  const { db } = machine.api.deps;
  const sessionId = await makeSession(db, await makeEvent(db, { visibility: "private" }));
  const stream = await machine.makeStream({ record: true, sessionId });
  const publisher = machine.publish(file, stream.streamKey);
  await machine.until(stream, "live");
  const row = await recorded(stream, 3);
  const { token } = await signIn(machine.api, await makeUser(db, "admin"));
  const { body } = await call(machine.api, "GET", `/api/recordings/${row.id}`, 200, { token });
  const given = new URL(body.playbackUrl).pathname.replace("/hls/", "");
  expect((await machine.watch(given)).status).toBe(200);
  expect((await machine.watch(`${row.playbackId}/master.m3u8`)).status).toBe(404);
  const media = await machine.watch(given.replace("master", "v0"));
  const segment = given.replace("master.m3u8", /^v0\/\d+\.m4s$/m.exec(media.text)![0]);
  expect((await machine.watch(segment)).status).toBe(200);

  await call(machine.api, "DELETE", `/api/recordings/${row.id}`, 204, { token });
  await waitFor("its files are gone", async () => (await machine.watch(segment)).status === 404);
  await waitFor("its address is gone", async () => (await machine.watch(given)).status === 404, {
    timeoutSeconds: 20,
  });
  const length = async () => {
    const { body: playback } = await call(machine.api, "GET", `/api/streams/${stream.id}/playback`, 200, {
      token,
    });
    const path = new URL(playback.url).pathname.replace("/hls/", "").replace("master", "v0");
    return (await machine.watch(path)).text.match(/#EXTINF/g)?.length ?? 0;
  };
  const before = await length();
  await waitFor("the live stream goes on", async () => (await length()) > before + 1);
  expect(await readdir(join(machine.settings.mediaDirectory, "recordings"))).not.toContain(row.playbackId);
  await publisher.kill();
});
