import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { streams } from "../../edge/db/schema/streams-tables.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { lastSequence, mediaScene } from "./media-scene.test-support.ts";

/** Each step has a limit of its own. */
vi.setConfig({ testTimeout: 180_000 });

// A machine for each of the three: side by side, one test after the other in each.
describe.concurrent("a kill -9 of nginx", () => {
  const { machine, publish, live, playsOn } = mediaScene({ oneByOne: true });

  it.sequential("for RTMP loses the publisher, and the next one goes on in the same broadcast", async () => {
    const { stream, publisher, broadcastId } = await live();
    await machine().killAndRestart("nginx-rtmp");
    await publisher.ended;
    await machine().until(stream, "reconnecting");
    publish(stream);
    expect((await machine().until(stream, "live")).broadcastId).toBe(broadcastId);
    expect(await playsOn(stream)).toContain("#EXT-X-DISCONTINUITY");
  });

  it.sequential("for HTTP is over when it is back", async () => {
    const { stream } = await live();
    await machine().killAndRestart("nginx-http");
    await playsOn(stream);
  });
});

describe.concurrent("a kill -9 of the sidecar", () => {
  const { machine, topPlaylist, live } = mediaScene({ oneByOne: true });

  it.sequential("leaves the publisher connected, and the playlist goes on", async () => {
    const { stream, publisher, broadcastId } = await live();
    const before = lastSequence(await topPlaylist(stream));
    await machine().killAndRestart("sidecar");
    expect((await machine().until(stream, "live")).broadcastId).toBe(broadcastId);
    await waitFor("the playlist goes on", async () => lastSequence(await topPlaylist(stream)) > before);
    expect(publisher.running).toBe(true);
    const stat = await fetch(`http://127.0.0.1:${machine().settings.rtmpControlPort}/stat`);
    expect(await stat.text()).toContain(stream.playbackId);
  });

  it.sequential("and an encoder that went meanwhile: the stream waits for it and ends", async () => {
    const { stream, publisher } = await live({ reconnectWindowSeconds: 2 });
    await machine().stopProcess("sidecar", "SIGKILL");
    await publisher.kill();
    await machine().startProcess("sidecar");
    await machine().until(stream, "ended");
    await waitFor("the end in the playlist", async () =>
      (await topPlaylist(stream)).includes("#EXT-X-ENDLIST"),
    );
  });

  it.sequential("with the loss of all it remembered ends what the edge still believes in", async () => {
    const { stream, publisher } = await live();
    await machine().stopProcess("sidecar", "SIGKILL");
    await publisher.kill();
    await rm(join(machine().settings.mediaDirectory, "streams"), { recursive: true });
    await machine().startProcess("sidecar");
    await machine().until(stream, "ended");
  });
});

describe.concurrent("a sidecar that is stopped", () => {
  const { machine, publish, live, playsOn } = mediaScene({ oneByOne: true });

  it.sequential("while the edge is away leaves streams as they are, and the edge is told when it is back", async () => {
    const { stream, publisher } = await live();
    await machine().edgeAway();
    await machine().killAndRestart("sidecar");
    await playsOn(stream);
    await machine().api.deps.db.update(streams).set({ status: "starting" }).where(eq(streams.id, stream.id));
    await machine().edgeBack();
    await machine().until(stream, "live");
    expect(publisher.running).toBe(true);
  });

  it.sequential("and forgets whom it let in cuts them", async () => {
    const { stream, publisher } = await live();
    // The sidecar that let it in is gone with its memory; the next one does not know this connection.
    await machine().stopProcess("sidecar", "SIGKILL");
    await rm(join(machine().settings.mediaDirectory, "streams"), { recursive: true });
    await machine().startProcess("sidecar");
    await publisher.ended;
    publish(stream);
    await machine().until(stream, "live");
  });

  it.sequential("by SIGTERM ends every FFmpeg, and the next one goes on", async () => {
    const { stream, publisher, broadcastId } = await live();
    const directory = join(machine().settings.dataDirectory, "sidecar");
    expect((await processesIn(directory)).length).toBeGreaterThan(0);
    await machine().stopProcess("sidecar");
    expect(await processesIn(directory)).toEqual([]);
    await machine().startProcess("sidecar");
    expect((await machine().until(stream, "live")).broadcastId).toBe(broadcastId);
    await playsOn(stream);
    expect(publisher.running).toBe(true);
  });
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
