import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { call, signIn } from "../../edge/api/streams/test-client.ts";
import { makeUser } from "../../edge/api/streams/test-scene.ts";
import { fetchMedia, type MediaPlaylist } from "../../testing/support/hls.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine, type TestStream } from "../test-media-machine.ts";

/** Each step has a limit of its own. */
vi.setConfig({ testTimeout: 240_000 });
let file: string;
beforeAll(async () => {
  file = await testMedia({ ...small, width: 320, height: 180, keyframeInterval: 1 });
});

/** Of one machine, on which tests run side by side; segments are a second long. */
function ofMachine(more: Parameters<typeof TestMediaMachine.start>[0] = {}) {
  let machine: TestMediaMachine;
  let admin: string;
  beforeAll(async () => {
    machine = await TestMediaMachine.start(more);
    admin = (await signIn(machine.api, await makeUser(machine.api.deps.db, "admin"))).token;
  });
  afterAll(() => machine.stop());
  const playlist = ({ playbackId }: TestStream): Promise<MediaPlaylist> =>
    fetchMedia(`http://127.0.0.1:${machine.settings.httpPort}/hls/${playbackId}/v0.m3u8`);
  return {
    machine: () => machine,
    async live(columns: Parameters<typeof machine.makeStream>[0]) {
      const stream = await machine.makeStream({ latencyMode: "low", ...columns });
      const publish = () => machine.publish(file, stream.streamKey);
      const { publisher, row } = await machine.goLive(stream, publish);
      return { stream, publisher, broadcastId: row.broadcastId };
    },
    change: ({ id }: TestStream, body: Record<string, number>) =>
      call(machine.api, "PUT", `/api/streams/${id}`, 200, { token: admin, body }),
    playlist,
    listed: async (stream: TestStream) => {
      const { segments } = await playlist(stream);
      return segments.reduce((sum, { duration }) => sum + duration, 0);
    },
    /** Whole segments of the top rung that are on disk. */
    async kept(broadcastId: string | null): Promise<number> {
      const folder = join(machine.settings.mediaDirectory, "segments", broadcastId ?? "", "v0");
      return (await readdir(folder)).filter((name) => /^\d+\.m4s$/.test(name)).length;
    },
  };
}

describe.concurrent("the reconnect window", () => {
  const { machine, live, change, playlist } = ofMachine();

  it("of nothing ends a stream with its encoder, and the next publish begins another broadcast", async () => {
    const { stream, publisher, broadcastId } = await live({ reconnectWindowSeconds: 0 });
    await publisher.kill();
    await machine().until(stream, "ended");
    await waitFor("the end in the playlist", async () => (await playlist(stream)).ended);
    machine().publish(file, stream.streamKey);
    expect((await machine().until(stream, "live")).broadcastId).not.toBe(broadcastId);
  });

  it("can be shortened while it is open, and counts from the loss", async () => {
    const { stream, publisher } = await live({ reconnectWindowSeconds: 1800 });
    await publisher.kill();
    await machine().until(stream, "reconnecting");
    expect((await playlist(stream)).ended).toBe(false);
    await change(stream, { reconnectWindowSeconds: 1 });
    await machine().until(stream, "ended");
    await waitFor("the end in the playlist", async () => (await playlist(stream)).ended);
  });

  it("can be lengthened while it is open: the encoder then comes back into its broadcast", async () => {
    const { stream, publisher, broadcastId } = await live({ reconnectWindowSeconds: 15 });
    await publisher.kill();
    const lostAt = Date.now();
    await machine().until(stream, "reconnecting");
    await change(stream, { reconnectWindowSeconds: 600 });
    await waitFor("the first window would be over", () => Date.now() - lostAt > 17_000);
    machine().publish(file, stream.streamKey);
    expect((await machine().until(stream, "live")).broadcastId).toBe(broadcastId);
  });
});

describe.concurrent("the rewind window", () => {
  const { live, change, playlist, listed, kept } = ofMachine();

  it("bounds the playlist and the disk, and what a later change asks for takes effect while it is live", async () => {
    const { stream, publisher, broadcastId } = await live({ rewindSeconds: 5 });
    await waitFor("segments to leave", async () => (await playlist(stream)).mediaSequence > 8, {
      timeoutSeconds: 60,
    });
    expect(await listed(stream)).toBeLessThan(7);
    // Each segment stays as long again for players that read the playlist before it left.
    expect(await kept(broadcastId)).toBeLessThan(5 + 5 + 5);
    await change(stream, { rewindSeconds: 86_400 });
    await waitFor("the window grows", async () => (await listed(stream)) > 12, { timeoutSeconds: 60 });
    await change(stream, { rewindSeconds: 0 });
    await waitFor("three target durations are left", async () => (await listed(stream)) < 5, {
      timeoutSeconds: 60,
    });
    await waitFor("the disk follows", async () => (await kept(broadcastId)) < 12);
    expect(publisher.running).toBe(true);
  });
});

describe.concurrent("the rewind window of a sidecar that is killed", () => {
  const { machine, live, playlist } = ofMachine();

  it("reaches back over the whole broadcast, over drops and the sidecar's restart", async () => {
    const { stream, publisher, broadcastId } = await live({ rewindSeconds: 86_400 });
    await waitFor("some segments", async () => (await playlist(stream)).segments.length > 4);
    await publisher.kill();
    await machine().until(stream, "reconnecting");
    await machine().killAndRestart("sidecar");
    machine().publish(file, stream.streamKey);
    await machine().until(stream, "live");
    await waitFor("more segments", async () => (await playlist(stream)).segments.length > 9);
    const { mediaSequence, segments } = await playlist(stream);
    expect(mediaSequence).toBe(0);
    expect((await fetch(segments[0]!.url)).status).toBe(200);
    expect((await machine().row(stream.id)).broadcastId).toBe(broadcastId);
  });
});

describe.concurrent("a disk that is nearly full", () => {
  const { machine, live, listed } = ofMachine({ leastFreeMegabytes: 900_000_000 });

  it("shortens every window, and the stream says so", async () => {
    const { stream } = await live({ rewindSeconds: 3600 });
    const warning = await waitFor("the warning", async () => {
      const { warnings } = await machine().row(stream.id);
      return warnings.find(({ code }) => code === "rewind-shortened");
    });
    expect(warning.detail).toMatch(/disk is nearly full: viewers can go back \d+ s only/);
    expect(await listed(stream)).toBeLessThan(1800);
  });
});
