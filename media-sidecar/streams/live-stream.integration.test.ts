import { execFile } from "node:child_process";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { endStream, regenerateStreamKey } from "../../edge/api/streams/stream-changes.ts";
import { untilLetIn } from "../../testing/support/let-in.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestPublisher } from "../ingest/rtmp-publisher.test-support.ts";
import { mediaScene } from "./media-scene.test-support.ts";

/** Each step has a limit of its own. */
vi.setConfig({ testTimeout: 180_000 });
const run = promisify(execFile);
/** Side by side: each has a stream of its own, and waits for it most of the time. */
const { machine, publish, topPlaylist, live, playsOn } = mediaScene();

describe.concurrent("a publisher with the right key", () => {
  it("is live at the edge and for viewers, and its key stands nowhere", async () => {
    const { stream, publisher } = await live();
    const master = await machine().watch(`${stream.playbackId}/master.m3u8`);
    expect(master.status, master.text).toBe(200);
    const media = await topPlaylist(stream);
    const segment = /^\/hls\/(seg_\S+\.m4s)$/m.exec(media)?.[1];
    expect(segment, media).toBeDefined();
    expect((await machine().watch(segment!)).status).toBe(200);
    const row = await machine().row(stream.id);
    expect(row).toMatchObject({ status: "live", lastError: null, mediaNodeId: "nod_test" });
    const firstPictureAt = /^#EXT-X-MEDIA-SEQUENCE:0$[\s\S]*?^#EXT-X-PROGRAM-DATE-TIME:(\S+)$/m.exec(
      media,
    )?.[1];
    expect(row.startedAt?.toISOString(), media).toBe(firstPictureAt);

    const stat = await fetch(`http://127.0.0.1:${machine().settings.rtmpControlPort}/stat`);
    await publisher.stop();
    await machine().until(stream, "reconnecting");
    const places = new Map([
      ["stat", await stat.text()],
      ["printed", machine().printed()],
      ["the API's log", machine().api.logLines.join("\n")],
      ["what the rooms were told", JSON.stringify(machine().api.roomCalls)],
      ["master", master.text],
      ["media", media],
      ...(await machine().writtenFiles()),
    ]);
    const found = [...places].filter(([, text]) => text.includes(stream.streamKey)).map(([place]) => place);
    expect(found).toEqual([]);
    expect([...places.keys()].some((place) => place.endsWith("access.log"))).toBe(true);
  });

  it("may write parameters behind it, as some encoders do", async () => {
    const stream = await machine().makeStream();
    publish(stream, `${stream.streamKey}?bitrate=6000&x`);
    await machine().until(stream, "live");
  });

  it("finds its stream under its key, which is a redirect, also when the event is private", async () => {
    const stream = await machine().makeStream({ sessionId: null });
    publish(stream);
    await machine().until(stream, "live");
    expect((await machine().watch(`${stream.playbackId}/master.m3u8`)).status).toBe(404);
    const redirect = await machine().watch(`${stream.streamKey}/master.m3u8`);
    expect([redirect.status, redirect.headers.get("cache-control")]).toEqual([302, "no-store"]);
    const location = redirect.headers.get("location") ?? "";
    expect(location).toMatch(new RegExp(`^/hls/${stream.playbackId}/~`));
    const followed = await machine().watch(location.replace("/hls/", ""));
    expect(followed.status, followed.text).toBe(200);
    expect((await machine().watch("sk_0123456789abcdefghijklmnopqrstuv/master.m3u8")).status).toBe(404);
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
        `rtmp://${host}:${machine().settings.rtmpPort}/live/${stream.playbackId}`,
      ]);
    expect((await play("127.0.0.1")).stdout).toContain("h264");
    await expect(play(outside.address)).rejects.toThrow();
  });
});

describe.concurrent("a second publisher on a live key", () => {
  it("is refused and named on the stream, while the first goes on", async () => {
    const { stream, publisher, broadcastId } = await live();
    const second = publish(stream);
    expect((await second.ended).code).not.toBe(0);
    const row = await waitFor("the error on the stream", async () => {
      const now = await machine().row(stream.id);
      return now.lastError ? now : null;
    });
    expect(row).toMatchObject({ status: "live", broadcastId });
    expect(row.lastError).toMatch(/second encoder/i);
    await playsOn(stream);
    expect(publisher.running).toBe(true);
  });
});

it.concurrent("an encoder that says nothing any more gives way to the next one with its key", async () => {
  const { stream, publisher, broadcastId } = await live();
  process.kill(publisher.pid, "SIGSTOP");
  const next = await untilLetIn(
    () => machine().printed(),
    () => publish(stream),
    stream.playbackId,
  );
  await playsOn(stream);
  expect(next.running).toBe(true);
  expect((await machine().row(stream.id)).broadcastId).toBe(broadcastId);
});

it.concurrent("a source that cannot be carried is cut, and the stream says why", async () => {
  const tiny = await testMedia({ ...small, width: 2, height: 2, duration: 5 });
  const stream = await machine().makeStream();
  const publisher = machine().publish(tiny, stream.streamKey);
  expect((await publisher.ended).code).not.toBe(0);
  const row = await machine().until(stream, "ended");
  expect(row.lastError).toMatch(/2.?[x×].?2/);
});

it.concurrent("a source of H.265 is cut, and staff read on the stream what to set", async () => {
  const stream = await machine().makeStream();
  const url = `rtmp://127.0.0.1:${machine().settings.rtmpPort}/live/${stream.streamKey}`;
  const publisher = await waitFor("it is let in", () => TestPublisher.publish(url));
  // Video of FLV's unofficial codec 12, a keyframe; sound, since nginx-rtmp passes nothing on before it knows of some.
  publisher.send(8, 0, Buffer.from([0xaf, 0, 0x11, 0x90]));
  publisher.send(9, 0, Buffer.from([0x1c, 0, 0, 0, 0, 1]));
  publisher.send(8, 1, Buffer.from([0xaf, 1, 0x21, 0]));
  const row = await machine().until(stream, "ended");
  const reason = "the video codec is H.265: set H.264 in the encoder";
  expect(row).toMatchObject({ lastError: reason, warnings: [{ code: "source-refused", detail: reason }] });
  await waitFor("the cut", () => publisher.closed);
});

describe.concurrent("orders of the edge", () => {
  it("cut a publisher whose key was changed; the new key goes on in the same broadcast", async () => {
    const { stream, publisher, broadcastId } = await live();
    const next = await regenerateStreamKey(machine().api.deps.db, stream.id);
    expect((await publisher.ended).code).not.toBe(0);
    await machine().until(stream, "reconnecting");
    publish(stream, next);
    expect((await machine().until(stream, "live")).broadcastId).toBe(broadcastId);
    expect(await playsOn(stream)).toContain("#EXT-X-DISCONTINUITY");
  });

  it("end a stream at once, and a new publish begins a new broadcast", async () => {
    const { stream, publisher, broadcastId } = await live();
    await endStream(machine().api.deps.db, stream.id, new Date());
    await publisher.ended;
    await waitFor("the end in the playlist", async () =>
      (await topPlaylist(stream)).includes("#EXT-X-ENDLIST"),
    );
    publish(stream);
    const again = await machine().until(stream, "live");
    expect(again.broadcastId).not.toBe(broadcastId);
    await waitFor("an open playlist", async () => !(await topPlaylist(stream)).includes("#EXT-X-ENDLIST"));
  });
});

describe.concurrent("an encoder that is lost", () => {
  it("comes back into the same playlist", async () => {
    const { stream, publisher, broadcastId } = await live();
    await publisher.kill();
    await machine().until(stream, "reconnecting");
    expect((await machine().watch(`${stream.playbackId}/master.m3u8`)).status).toBe(200);
    publish(stream);
    expect((await machine().until(stream, "live")).broadcastId).toBe(broadcastId);
    expect(await playsOn(stream)).toContain("#EXT-X-DISCONTINUITY");
  });

  it("and stays away ends its stream after the reconnect window", async () => {
    const { stream, publisher } = await live({ reconnectWindowSeconds: 1 });
    await publisher.kill();
    await machine().until(stream, "ended");
    await waitFor("the end in the playlist", async () =>
      (await topPlaylist(stream)).includes("#EXT-X-ENDLIST"),
    );
  });
});
