import { afterEach, describe, expect, it, vi } from "vitest";
import { regenerateStreamKey } from "../../edge/api/streams/stream-changes.ts";
import { call, signIn } from "../../edge/api/streams/test-client.ts";
import { makeEvent, makeSession, makeUser } from "../../edge/api/streams/test-scene.ts";
import { fetchMedia } from "../../testing/support/hls.ts";
import { untilLetIn } from "../../testing/support/let-in.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { mediaScene } from "../streams/media-scene.test-support.ts";
import type { TestStream } from "../test-media-machine.ts";

/** Each step has a limit of its own. */
vi.setConfig({ testTimeout: 180_000 });

/** A machine whose edge goes away and is back after each test. */
function sceneOfEdge() {
  const scene = mediaScene({ oneByOne: true });
  const { machine, publish } = scene;
  afterEach(() => machine().edgeBack());
  const playlistOf = ({ playbackId }: TestStream) =>
    fetchMedia(`http://127.0.0.1:${machine().settings.httpPort}/hls/${playbackId}/v0.m3u8`);
  const newest = async (stream: TestStream) => {
    const { mediaSequence, segments } = await playlistOf(stream);
    return mediaSequence + segments.length;
  };
  const grows = async (stream: TestStream, segments: number) => {
    const before = await newest(stream);
    return waitFor(`${segments} more segments`, async () => (await newest(stream)) >= before + segments, {
      timeoutSeconds: 60,
    });
  };
  const letIn = (stream: TestStream) =>
    untilLetIn(
      () => machine().printed(),
      () => publish(stream),
    );
  /** As the sidecar says it; its words may come a moment later than the encoder's end. */
  const refused = async (stream: TestStream, reason: string, key = stream.streamKey) => {
    const from = machine().printed().length;
    expect((await publish(stream, key).ended).code).not.toBe(0);
    await waitFor(`${reason} is said`, () =>
      machine().printed().slice(from).includes(`"reason":"${reason}"`),
    );
    expect(machine().printed().slice(from)).not.toContain(key);
  };
  return { ...scene, playlistOf, grows, letIn, refused };
}

describe.concurrent("an edge that is away for half a minute", () => {
  const { machine, live, grows } = sceneOfEdge();

  it.sequential("in the middle of a stream is not seen by viewers, nor by those who come", async () => {
    const { stream, publisher, broadcastId } = await live();
    await machine().edgeAway();
    // Fifteen segments of two seconds.
    await grows(stream, 15);
    expect((await machine().watch(`${stream.playbackId}/master.m3u8`)).status).toBe(200);
    await machine().edgeBack();
    expect(publisher.running).toBe(true);
    await waitFor("the edge hears of it again", () => machine().printed().includes('"heartbeat.heard"'));
    expect(await machine().row(stream.id)).toMatchObject({ status: "live", broadcastId });
  });
});

describe.concurrent("an edge that is away while encoders come and go", () => {
  const { machine, publish, live, playlistOf, grows, letIn, refused } = sceneOfEdge();

  it.sequential("an encoder that drops while the edge is away comes back into its broadcast, by the key that was let in", async () => {
    const { stream, publisher, broadcastId } = await live();
    await machine().edgeAway();
    await publisher.kill();
    const again = await letIn(stream);
    await grows(stream, 2);
    expect((await playlistOf(stream)).segments.some(({ discontinuity }) => discontinuity)).toBe(true);
    await machine().edgeBack();
    const row = await machine().until(stream, "live");
    expect([row.broadcastId, again.running]).toEqual([broadcastId, true]);
  });

  it.sequential("and does so after a restart of the sidecar meanwhile, with private playback going on too", async () => {
    const { db } = machine().api.deps;
    const sessionId = await makeSession(db, await makeEvent(db, { visibility: "private" }));
    const { stream, publisher } = await live({ sessionId });
    const redirect = await machine().watch(`${stream.streamKey}/master.m3u8`);
    const path = redirect.headers.get("location")!.replace("/hls/", "");
    expect((await machine().watch(path)).status).toBe(200);
    await machine().edgeAway();
    await machine().stopProcess("sidecar", "SIGKILL");
    await publisher.kill();
    await machine().startProcess("sidecar");
    await waitFor("who was let in watches on", async () => (await machine().watch(path)).status === 200);
    expect((await letIn(stream)).running).toBe(true);
  });

  it.sequential("a publisher whom the edge never let in is refused while it is away, and let in when it is back", async () => {
    await machine().edgeAway();
    const stream = await machine().makeStream();
    await refused(stream, "edge-away");
    await machine().edgeBack();
    publish(stream);
    await machine().until(stream, "live");
  });

  it.sequential("a key that was changed before the edge went away opens nothing, whoever published with it", async () => {
    const { stream, publisher } = await live();
    const next = await regenerateStreamKey(machine().api.deps.db, stream.id);
    await publisher.ended;
    await machine().until(stream, "reconnecting");
    await machine().edgeAway();
    for (const key of [stream.streamKey, next]) await refused(stream, "edge-away", key);
  });

  it.sequential("staff read on the stream why a second encoder was refused", async () => {
    const { stream } = await live();
    expect((await publish(stream).ended).code).not.toBe(0);
    const { token } = await signIn(machine().api, await makeUser(machine().api.deps.db, "admin"));
    const read = async (as?: string) =>
      (
        await call(
          machine().api,
          "GET",
          `/api/streams/${stream.id}`,
          200,
          as === undefined ? {} : { token: as },
        )
      ).body;
    await waitFor("the reason", async () =>
      /second encoder \(127\.0\.0\.1\)/.test((await read(token)).lastError),
    );
    expect(await read()).not.toHaveProperty("lastError");
  });
});
