import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchMaster, fetchMedia } from "../support/hls.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";

type Stage = Awaited<ReturnType<Rostrum["admin"]["createStage"]>>;

describe("a stream key", () => {
  let rostrum: Rostrum;
  let stage: Stage;
  let publisher: Publisher;
  /** What would give the key away: all of it, and what follows its prefix. */
  let secret: string;

  beforeAll(async () => {
    rostrum = await startRostrum();
    stage = await rostrum.admin.createStage({ reconnectWindowSeconds: 0 });
    secret = stage.streamKey.slice("sk_".length);
    const file = await testMedia(small);
    publisher = publish(file, `${rostrum.ingestUrl}/${stage.streamKey}`);
    await waitFor(
      "the stream is live",
      async () => (await rostrum.admin.stream(stage.stream.id)).status === "live",
      { timeoutSeconds: 60 },
    );
    const second = publish(file, `${rostrum.ingestUrl}/${stage.streamKey}`);
    await second.ended;
    await fetch(`${rostrum.url}/hls/${stage.streamKey}/master.m3u8`, { redirect: "manual" });
    await fetch(`${rostrum.url}/hls/${stage.streamKey}/nonsense.m3u8`);
    await fetch(`${rostrum.url}/live/${stage.streamKey}`);
    await fetch(`${rostrum.url}/api/streams/${stage.streamKey}`);
  });
  afterAll(async () => {
    await publisher?.stop();
    await rostrum?.remove();
  });

  it("stands in no playlist, and no segment's address", async () => {
    const { url } = await rostrum.anonymous.playback(stage.stream.id);
    const master = await fetchMaster(url);
    const texts = [
      url,
      master.text,
      ...(await Promise.all(master.variants.map(async (v) => (await fetchMedia(v.url)).text))),
    ];
    expect(texts.length).toBeGreaterThan(2);
    for (const text of texts) expect(text).not.toContain(secret);
  });

  it("stands in no answer to anyone who is not an admin, nor in any later answer to an admin", async () => {
    const { client: attendee } = await rostrum.anonymous.register("Mallory");
    const paths = [
      "/api/streams",
      `/api/streams/${stage.stream.id}`,
      `/api/streams/${stage.stream.id}/playback`,
      `/api/events/${stage.event.id}`,
      "/api/events",
      `/api/sessions/${stage.session.id}`,
      "/api/health",
      `/watch/${stage.stream.id}`,
    ];
    for (const client of [rostrum.anonymous, attendee, rostrum.admin]) {
      for (const path of paths) {
        const response = await client.request("GET", path);
        const text = await response.text();
        expect(response.status, `${path}: ${text}`).toBe(200);
        expect(text + JSON.stringify([...response.headers]), path).not.toContain(secret);
      }
    }
  });

  it("redirects the brief's address to the playback id, uncached", async () => {
    const response = await fetch(`${rostrum.url}/hls/${stage.streamKey}/master.m3u8`, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("cache-control")).toContain("no-store");
    const target = new URL(response.headers.get("location")!, response.url);
    expect(target.href).toContain(stage.stream.playbackId);
    expect((await fetchMaster(target.href)).variants.length).toBeGreaterThan(0);
    const stranger = await fetch(`${rostrum.url}/hls/sk_${"x".repeat(32)}/master.m3u8`, {
      redirect: "manual",
    });
    expect(stranger.status).toBe(404);
  });

  it("stands in no log: not in what was printed, not in any file of the data folder", async () => {
    await publisher.stop();
    await waitFor(
      "the stream has ended",
      async () => (await rostrum.admin.stream(stage.stream.id)).status === "ended",
    );
    expect(await rostrum.stop()).toBe(0);
    expect(rostrum.output()).toContain(stage.stream.id);
    expect(rostrum.output()).not.toContain(secret);
    // Every file, nginx's logs, journals, PostgreSQL's tables and Redis's among them. One key in 64 begins with "-".
    const search = (words: string) =>
      execFileSync("grep", ["-rlaF", "-e", words, rostrum.dataDirectory], { encoding: "utf8" });
    // What grep answers when nothing matches.
    expect(() => search(secret)).toThrowError(expect.objectContaining({ status: 1 }));
    expect(search(stage.stream.playbackId).trim().split("\n").length).toBeGreaterThan(0);
  });
});
