/** Relays of a whole media machine to a second real nginx-rtmp: what it takes, refuses and does to them. */
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { call, signIn } from "../../edge/api/streams/test-client.ts";
import { makeUser } from "../../edge/api/streams/test-scene.ts";
import type { Relay } from "../../edge/protocol/relays.ts";
import type { Publisher } from "../../testing/support/publisher.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine, type TestStream } from "../test-media-machine.ts";
import { RelayDestination } from "./relay-destination.test-support.ts";

const run = promisify(execFile);
let machine: TestMediaMachine;
let token: string;
let file: string;
const destinations: RelayDestination[] = [];
const servers: Server[] = [];
beforeAll(async () => {
  file = await testMedia({ ...small, width: 320, height: 180, keyframeInterval: 1 });
  machine = await TestMediaMachine.start({ relayAllowPrivate: true });
  token = (await signIn(machine.api, await makeUser(machine.api.deps.db, "admin"))).token;
}, 60_000);
afterAll(async () => {
  await Promise.all(destinations.map((destination) => destination.remove()));
  for (const server of servers) server.close();
  await machine?.stop();
});

async function destinationFor(...keys: string[]): Promise<RelayDestination> {
  const destination = await RelayDestination.make(...keys);
  destinations.push(destination);
  return destination;
}

interface Scene {
  stream: TestStream;
  publisher: Publisher;
  path: string;
}
async function liveStream(): Promise<Scene> {
  const stream = await machine.makeStream({ reconnectWindowSeconds: 60 });
  const { publisher } = await machine.goLive(stream, () => machine.publish(file, stream.streamKey));
  return { stream, publisher, path: `/api/streams/${stream.id}/relays` };
}
async function finish({ stream, publisher }: Scene): Promise<void> {
  await publisher.kill();
  await call(machine.api, "POST", `/api/streams/${stream.id}/end`, 204, { token });
  await machine.until(stream, "ended");
}

const create = async ({ path }: Scene, url: string, key: string): Promise<Relay> =>
  (await call(machine.api, "POST", path, 201, { token, body: { name: "Elsewhere", url, key } })).body;
const change = ({ path }: Scene, { id }: Relay, body: object) =>
  call(machine.api, "PATCH", `${path}/${id}`, 200, { token, body });
const look = async ({ path }: Scene, { id }: Relay): Promise<Relay> =>
  (await call(machine.api, "GET", path, 200, { token })).body.items.find((each: Relay) => each.id === id);

/** Waits until the API says so; answers the relay and how long that took. */
async function until(
  scene: Scene,
  relay: Relay,
  status: Relay["status"],
  { error = null as RegExp | null, timeoutSeconds = 30 } = {},
): Promise<Relay & { seconds: number }> {
  const from = performance.now();
  const found = await waitFor(
    `the relay is ${status}`,
    async () => {
      const seen = await look(scene, relay);
      if (seen.status === status && (error === null || error.test(seen.error ?? ""))) return seen;
      throw new Error(JSON.stringify(seen));
    },
    { timeoutSeconds },
  ).catch((failure) => {
    throw new Error(`${failure.message}\n${machine.printed().slice(-2500)}`);
  });
  return { ...found, seconds: (performance.now() - from) / 1000 };
}
async function arrives(destination: RelayDestination, key: string, timeoutSeconds = 30): Promise<number> {
  const from = performance.now();
  const before = (await destination.arriving().catch(() => null))?.get(key) ?? 0;
  await waitFor(
    `pictures arrive`,
    async () => ((await destination.arriving()).get(key) ?? 0) > before + 5000,
    {
      timeoutSeconds,
    },
  );
  return (performance.now() - from) / 1000;
}
const note = (what: string, seconds: number) =>
  process.stdout.write(`relays: ${what} after ${seconds.toFixed(1)} s\n`);

// Side by side, each with a stream and destinations of its own.
it.concurrent("sends what the encoder sends, decodable from its first picture, and names what it sends", async () => {
  const destination = await destinationFor("good-key");
  await destination.start();
  const scene = await liveStream();
  const relay = await create(scene, destination.url, "good-key");
  const live = await until(scene, relay, "live");
  expect(live).toMatchObject({ error: null, attempts: 0 });
  note("pictures arrive", await arrives(destination, "good-key"));
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-select_streams", "v", "-read_intervals", "%+3", "-count_frames"],
    ...["-show_entries", "stream=codec_name,width,height,nb_read_frames", "-of", "csv=p=0"],
    destination.playUrl("good-key"),
  ]);
  const [codec, width, height, frames] = stdout.trim().split("\n")[0]!.split(",");
  expect([codec, width, height], stdout).toEqual(["h264", "320", "180"]);
  expect(Number(frames), stdout).toBeGreaterThan(20);
  await waitFor("a bitrate is named", async () => {
    const { bitrate } = await look(scene, relay);
    if (bitrate !== null && bitrate > 100 && bitrate < 2000) return true;
    throw new Error(`${bitrate}`);
  });
  // Neither in a process list nor in what was printed or written.
  const { stdout: processes } = await run("ps", ["axww", "-o", "args,environ"]).catch(() =>
    run("ps", ["axeww"]),
  );
  expect(processes).not.toContain("good-key");
  expect(machine.printed()).not.toContain("good-key");
  for (const [path, text] of await machine.writtenFiles()) expect(text, path).not.toContain("good-key");
  await finish(scene);
  await waitFor("the destination was told the end", async () => (await destination.arriving()).size === 0);
  expect((await look(scene, relay)).status).toBe("idle");
}, 120_000);

it.concurrent("follows changes while live: another address, switched off and on, gone; others go on meanwhile", async () => {
  const [first, second] = [await destinationFor("one", "stays"), await destinationFor("one", "two")];
  await first.start();
  await second.start();
  const scene = await liveStream();
  const steady = await create(scene, first.url, "stays");
  const relay = await create(scene, first.url, "one");
  await until(scene, steady, "live");
  await until(scene, relay, "live");
  const { liveSince } = await look(scene, steady);

  await change(scene, relay, { url: second.url });
  note("another address is live", await arrives(second, "one"));
  const left = async () => [...(await first.arriving()).keys()].join();
  await waitFor("the former address has no more of it", async () => (await left()) === "stays");
  await change(scene, relay, { key: "two" });
  await arrives(second, "two");
  await change(scene, relay, { enabled: false });
  await waitFor("it is switched off", async () => (await second.arriving()).size === 0);
  expect((await look(scene, relay)).status).toBe("idle");
  await change(scene, relay, { enabled: true });
  await until(scene, relay, "live");
  await call(machine.api, "DELETE", `${scene.path}/${relay.id}`, 204, { token });
  await waitFor("it is gone", async () => (await second.arriving()).size === 0);
  expect(await look(scene, steady)).toMatchObject({ status: "live", liveSince, attempts: 0 });
  await finish(scene);
}, 120_000);

it.concurrent("says that a key was refused, and is live once it is taken", async () => {
  const destination = await destinationFor();
  await destination.start();
  const scene = await liveStream();
  const relay = await create(scene, destination.url, "late-key");
  const refused = await until(scene, relay, "retrying", { error: /is the key right\?/ });
  expect(refused.error).not.toContain("late-key");
  destination.allow("late-key");
  const live = await until(scene, relay, "live");
  expect(live.attempts).toBeGreaterThan(0);
  expect(live.error).toBeNull();
  note("a key that was refused is live", live.seconds);
  await finish(scene);
}, 120_000);

it.concurrent("is live soon after a destination comes that was down at first, or died in the middle", async () => {
  const destination = await destinationFor("key");
  const scene = await liveStream();
  const relay = await create(scene, destination.url, "key");
  await until(scene, relay, "retrying", { error: /nothing listens there/ });
  await destination.start();
  note("down at start: live", (await until(scene, relay, "live")).seconds);
  await arrives(destination, "key");

  await destination.die();
  await until(scene, relay, "retrying", { error: /closed|reset|nothing listens/ });
  await destination.start();
  note("down in the middle: live", (await until(scene, relay, "live", { timeoutSeconds: 60 })).seconds);
  note("down in the middle: pictures", await arrives(destination, "key"));
  await finish(scene);
}, 150_000);

it.concurrent("goes on by itself when the encoder goes and comes back, without being told", async () => {
  const destination = await destinationFor("key");
  await destination.start();
  const scene = await liveStream();
  const relay = await create(scene, destination.url, "key");
  await until(scene, relay, "live");
  await scene.publisher.kill();
  await machine.until(scene.stream, "reconnecting");
  await until(scene, relay, "idle");
  await waitFor("the destination was told", async () => (await destination.arriving()).size === 0);
  scene.publisher = machine.publish(file, scene.stream.streamKey);
  const live = await until(scene, relay, "live");
  note("the encoder's return: live", live.seconds);
  note("the encoder's return: pictures", await arrives(destination, "key"));
  expect(live.attempts).toBe(0);
  await finish(scene);
}, 120_000);

it.concurrent("gives up a destination that accepts and never reads, and leaves the stream and other relays alone", async () => {
  const [stalled, good] = [await destinationFor("key"), await destinationFor("key")];
  await good.start();
  // Accepts connections and is silent: not even a greeting is read.
  const silent = createServer((socket) => socket.pause());
  await new Promise<void>((resolve) => silent.listen(stalled.port, "127.0.0.1", resolve));
  servers.push(silent);
  const scene = await liveStream();
  const [stuck, fine] = [await create(scene, stalled.url, "key"), await create(scene, good.url, "key")];
  await until(scene, fine, "live");
  const { liveSince } = await look(scene, fine);
  await until(scene, stuck, "retrying", { error: /did not greet/ });
  expect(await look(scene, fine)).toMatchObject({ status: "live", liveSince });
  expect((await machine.row(scene.stream.id)).status).toBe("live");
  await finish(scene);
}, 120_000);

it("goes on after the sidecar was killed", async () => {
  const destination = await destinationFor("key");
  await destination.start();
  const scene = await liveStream();
  const relay = await create(scene, destination.url, "key");
  const before = await until(scene, relay, "live");
  const from = performance.now();
  await machine.killAndRestart("sidecar");
  await waitFor("it is live again", async () => {
    const seen = await look(scene, relay);
    return seen.status === "live" && seen.liveSince !== before.liveSince;
  });
  note("the sidecar's death: live", (performance.now() - from) / 1000);
  await arrives(destination, "key");
  await finish(scene);
}, 120_000);
