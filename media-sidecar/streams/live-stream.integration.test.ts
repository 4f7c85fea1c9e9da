import { execFile } from "node:child_process";
import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { endStream, regenerateStreamKey } from "../../edge/api/streams/stream-changes.ts";
import { streams } from "../../edge/db/schema/streams-tables.ts";
import type { Publisher } from "../../testing/support/publisher.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestPublisher } from "../ingest/rtmp-publisher.test-support.ts";
import { TestMediaMachine, type TestStream } from "../test-media-machine.ts";

const run = promisify(execFile);
let machine: TestMediaMachine;
let file: string;
const publishers: Publisher[] = [];
beforeAll(async () => {
  file = await testMedia({ ...small, width: 320, height: 180 });
  machine = await TestMediaMachine.start();
});
afterEach(async () => {
  await Promise.all(publishers.splice(0).map((publisher) => publisher.kill()));
});
afterAll(() => machine.stop());

function publish(stream: TestStream, streamKey = stream.streamKey): Publisher {
  const publisher = machine.publish(file, streamKey);
  publishers.push(publisher);
  return publisher;
}
async function live(more: Parameters<typeof machine.makeStream>[0] = {}) {
  const stream = await machine.makeStream(more);
  const publisher = publish(stream);
  const row = await machine.until(stream, "live");
  return { stream, publisher, broadcastId: row.broadcastId };
}
const topPlaylist = async ({ playbackId }: TestStream) => (await machine.watch(`${playbackId}/v0.m3u8`)).text;
const lastSequence = (playlist: string) => {
  const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist)?.[1] ?? 0);
  return first + (playlist.match(/#EXTINF/g)?.length ?? 0);
};
/** Waits until the playlist has grown past what it is now. */
async function playsOn(stream: TestStream): Promise<string> {
  const before = lastSequence(await topPlaylist(stream));
  return waitFor(`${stream.id} plays on`, async () => {
    const playlist = await topPlaylist(stream);
    return lastSequence(playlist) > before ? playlist : null;
  });
}

describe("a publisher with the right key", () => {
  it("is live at the edge and for viewers, and its key stands nowhere", async () => {
    const { stream, publisher } = await live();
    const master = await machine.watch(`${stream.playbackId}/master.m3u8`);
    expect(master.status, master.text).toBe(200);
    const media = await topPlaylist(stream);
    const segment = /^\/hls\/(seg_\S+\.m4s)$/m.exec(media)?.[1];
    expect(segment, media).toBeDefined();
    expect((await machine.watch(segment!)).status).toBe(200);
    const row = await machine.row(stream.id);
    expect(row).toMatchObject({ status: "live", lastError: null, mediaNodeId: "nod_test" });
    expect(row.startedAt).not.toBeNull();

    const stat = await fetch(`http://127.0.0.1:${machine.settings.rtmpControlPort}/stat`);
    await publisher.stop();
    await machine.until(stream, "reconnecting");
    const places = new Map([
      ["stat", await stat.text()],
      ["printed", machine.printed()],
      ["the API's log", machine.api.logLines.join("\n")],
      ["what the rooms were told", JSON.stringify(machine.api.roomCalls)],
      ["master", master.text],
      ["media", media],
      ...(await machine.writtenFiles()),
    ]);
    const found = [...places].filter(([, text]) => text.includes(stream.streamKey)).map(([place]) => place);
    expect(found).toEqual([]);
    expect([...places.keys()].some((place) => place.endsWith("access.log"))).toBe(true);
  });

  it("may write parameters behind it, as some encoders do", async () => {
    const stream = await machine.makeStream();
    publish(stream, `${stream.streamKey}?bitrate=6000&x`);
    await machine.until(stream, "live");
  });

  it("finds its stream under its key, which is a redirect, also when the event is private", async () => {
    const stream = await machine.makeStream({ sessionId: null });
    publish(stream);
    await machine.until(stream, "live");
    expect((await machine.watch(`${stream.playbackId}/master.m3u8`)).status).toBe(404);
    const redirect = await machine.watch(`${stream.streamKey}/master.m3u8`);
    expect([redirect.status, redirect.headers.get("cache-control")]).toEqual([302, "no-store"]);
    const location = redirect.headers.get("location") ?? "";
    expect(location).toMatch(new RegExp(`^/hls/${stream.playbackId}/~`));
    const followed = await machine.watch(location.replace("/hls/", ""));
    expect(followed.status, followed.text).toBe(200);
    expect((await machine.watch("sk_0123456789abcdefghijklmnopqrstuv/master.m3u8")).status).toBe(404);
  });

  it("is played by nobody but this machine", async () => {
    const { stream } = await live();
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address && !address.internal && address.family === "IPv4");
    if (!outside) return;
    const play = (host: string) =>
      run("ffprobe", [
        ...["-v", "error", "-rw_timeout", "5000000", "-show_entries", "stream=codec_name", "-of", "csv=p=0"],
        `rtmp://${host}:${machine.settings.rtmpPort}/live/${stream.playbackId}`,
      ]);
    expect((await play("127.0.0.1")).stdout).toContain("h264");
    await expect(play(outside.address)).rejects.toThrow();
  });
});

describe("a second publisher on a live key", () => {
  it("is refused and named on the stream, while the first goes on", async () => {
    const { stream, publisher, broadcastId } = await live();
    const second = publish(stream);
    expect((await second.ended).code).not.toBe(0);
    const row = await waitFor("the error on the stream", async () => {
      const now = await machine.row(stream.id);
      return now.lastError ? now : null;
    });
    expect(row).toMatchObject({ status: "live", broadcastId });
    expect(row.lastError).toMatch(/second encoder/i);
    await playsOn(stream);
    expect(publisher.running).toBe(true);
  });
});

it("an encoder that says nothing any more gives way to the next one with its key", async () => {
  const { stream, publisher, broadcastId } = await live();
  process.kill(publisher.pid, "SIGSTOP");
  // As encoders do: again and again until one is let in.
  const next = await waitFor("the next encoder is let in", async () => {
    const attempt = publish(stream);
    const ended = await Promise.race([
      attempt.ended,
      machine.until(stream, "live").then(() => playsOn(stream)),
    ]);
    return typeof ended === "string" ? attempt : null;
  });
  expect(next.running).toBe(true);
  expect((await machine.row(stream.id)).broadcastId).toBe(broadcastId);
});

it("a source that cannot be carried is cut, and the stream says why", async () => {
  const tiny = await testMedia({ ...small, width: 2, height: 2, duration: 5 });
  const stream = await machine.makeStream();
  const publisher = machine.publish(tiny, stream.streamKey);
  publishers.push(publisher);
  expect((await publisher.ended).code).not.toBe(0);
  const row = await machine.until(stream, "ended");
  expect(row.lastError).toMatch(/2.?[x×].?2/);
});

it("a source of H.265 is cut, and staff read on the stream what to set", async () => {
  const stream = await machine.makeStream();
  const publisher = await TestPublisher.publish(
    `rtmp://127.0.0.1:${machine.settings.rtmpPort}/live/${stream.streamKey}`,
  );
  // Video of FLV's unofficial codec 12, a keyframe; sound, since nginx-rtmp passes nothing on before it knows of some.
  publisher.send(8, 0, Buffer.from([0xaf, 0, 0x11, 0x90]));
  publisher.send(9, 0, Buffer.from([0x1c, 0, 0, 0, 0, 1]));
  publisher.send(8, 1, Buffer.from([0xaf, 1, 0x21, 0]));
  const row = await machine.until(stream, "ended");
  expect(row.lastError).toBe("the video codec is H.265: set H.264 in the encoder");
  await waitFor("the cut", () => publisher.closed);
});

describe("orders of the edge", () => {
  it("cut a publisher whose key was changed; the new key goes on in the same broadcast", async () => {
    const { stream, publisher, broadcastId } = await live();
    const next = await regenerateStreamKey(machine.api.deps.db, stream.id);
    expect((await publisher.ended).code).not.toBe(0);
    await machine.until(stream, "reconnecting");
    publish(stream, next);
    expect((await machine.until(stream, "live")).broadcastId).toBe(broadcastId);
    expect(await playsOn(stream)).toContain("#EXT-X-DISCONTINUITY");
  });

  it("end a stream at once, and a new publish begins a new broadcast", async () => {
    const { stream, publisher, broadcastId } = await live();
    await endStream(machine.api.deps.db, stream.id, new Date());
    await publisher.ended;
    await waitFor("the end in the playlist", async () =>
      (await topPlaylist(stream)).includes("#EXT-X-ENDLIST"),
    );
    publish(stream);
    const again = await machine.until(stream, "live");
    expect(again.broadcastId).not.toBe(broadcastId);
    await waitFor("an open playlist", async () => !(await topPlaylist(stream)).includes("#EXT-X-ENDLIST"));
  });
});

describe("an encoder that is lost", () => {
  it("comes back into the same playlist", async () => {
    const { stream, publisher, broadcastId } = await live();
    await publisher.kill();
    await machine.until(stream, "reconnecting");
    expect((await machine.watch(`${stream.playbackId}/master.m3u8`)).status).toBe(200);
    publish(stream);
    expect((await machine.until(stream, "live")).broadcastId).toBe(broadcastId);
    expect(await playsOn(stream)).toContain("#EXT-X-DISCONTINUITY");
  });

  it("and stays away ends its stream after the reconnect window", async () => {
    const { stream, publisher } = await live({ reconnectWindowSeconds: 1 });
    await publisher.kill();
    await machine.until(stream, "ended");
    await waitFor("the end in the playlist", async () =>
      (await topPlaylist(stream)).includes("#EXT-X-ENDLIST"),
    );
  });
});

describe("a kill -9", () => {
  it("of nginx-rtmp loses the publisher, and the next one goes on in the same broadcast", async () => {
    const { stream, publisher, broadcastId } = await live();
    await machine.killAndRestart("nginx-rtmp");
    await publisher.ended;
    await machine.until(stream, "reconnecting");
    publish(stream);
    expect((await machine.until(stream, "live")).broadcastId).toBe(broadcastId);
    expect(await playsOn(stream)).toContain("#EXT-X-DISCONTINUITY");
  });

  it("of nginx-http is over when it is back", async () => {
    const { stream } = await live();
    await machine.killAndRestart("nginx-http");
    await playsOn(stream);
  });

  it("of the sidecar leaves the publisher connected, and the playlist goes on", async () => {
    const { stream, publisher, broadcastId } = await live();
    const before = lastSequence(await topPlaylist(stream));
    await machine.killAndRestart("sidecar");
    expect((await machine.until(stream, "live")).broadcastId).toBe(broadcastId);
    await waitFor("the playlist goes on", async () => lastSequence(await topPlaylist(stream)) > before);
    expect(publisher.running).toBe(true);
    const stat = await fetch(`http://127.0.0.1:${machine.settings.rtmpControlPort}/stat`);
    expect(await stat.text()).toContain(stream.playbackId);
  });

  it("of the sidecar, and an encoder that went meanwhile: the stream waits for it and ends", async () => {
    const { stream, publisher } = await live({ reconnectWindowSeconds: 2 });
    await machine.stopProcess("sidecar", "SIGKILL");
    await publisher.kill();
    await machine.startProcess("sidecar");
    await machine.until(stream, "ended");
    await waitFor("the end in the playlist", async () =>
      (await topPlaylist(stream)).includes("#EXT-X-ENDLIST"),
    );
  });

  it("of the sidecar with the loss of all it remembered ends what the edge still believes in", async () => {
    const { stream, publisher } = await live();
    await machine.stopProcess("sidecar", "SIGKILL");
    await publisher.kill();
    await rm(join(machine.settings.mediaDirectory, "streams"), { recursive: true });
    await machine.startProcess("sidecar");
    await machine.until(stream, "ended");
  });

  it("of the sidecar while the edge is away: streams go on, and the edge is told when it is back", async () => {
    const { stream, publisher } = await live();
    await machine.edgeAway();
    await machine.killAndRestart("sidecar");
    await playsOn(stream);
    await machine.api.deps.db.update(streams).set({ status: "starting" }).where(eq(streams.id, stream.id));
    await machine.edgeBack();
    await machine.until(stream, "live");
    expect(publisher.running).toBe(true);
  });
});

it("a publisher that nobody let in is cut", async () => {
  const { stream, publisher } = await live();
  // The sidecar that let it in is gone with its memory; the next one does not know this connection.
  await machine.stopProcess("sidecar", "SIGKILL");
  await rm(join(machine.settings.mediaDirectory, "streams"), { recursive: true });
  await machine.startProcess("sidecar");
  await publisher.ended;
  publish(stream);
  await machine.until(stream, "live");
});

it("SIGTERM stops the sidecar with every FFmpeg, and the next one goes on", async () => {
  const { stream, publisher, broadcastId } = await live();
  const directory = join(machine.settings.dataDirectory, "sidecar");
  expect((await processesIn(directory)).length).toBeGreaterThan(0);
  await machine.stopProcess("sidecar");
  expect(await processesIn(directory)).toEqual([]);
  await machine.startProcess("sidecar");
  expect((await machine.until(stream, "live")).broadcastId).toBe(broadcastId);
  await playsOn(stream);
  expect(publisher.running).toBe(true);
});

/** Commands of the processes whose working directory this is: the sidecar's, and what it started. */
async function processesIn(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if ((await readlink(`/proc/${pid}/cwd`).catch(() => "")) !== directory) continue;
    found.push(await readFile(`/proc/${pid}/comm`, "utf8").catch(() => ""));
  }
  return found;
}
