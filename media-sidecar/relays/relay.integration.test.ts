/** One relay between two real nginx-rtmp: what a destination does in the middle, and how fast it is sent to. */
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import {
  testAuthority,
  testServerCertificate,
  testServerKey,
} from "../../edge/api/mail/test-certificates.ts";
import { newIdentifier } from "../../edge/protocol/identifier.ts";
import { createLog } from "../../edge/protocol/log.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { readFlv, TestPublisher } from "../ingest/rtmp-publisher.test-support.ts";
import type { RelayNetwork } from "./guarded-connection.ts";
import { Relay, type RelayState } from "./relay.ts";
import { RelayDestination } from "./relay-destination.test-support.ts";
import { RelaySource } from "./relay-source.ts";

const key = "very-secret-key";
let origin: RelayDestination;
let destination: RelayDestination;
let undo: (() => unknown)[] = [];
beforeAll(async () => {
  [origin, destination] = [await RelayDestination.make("source"), await RelayDestination.make(key)];
  await origin.start();
  await destination.start();
}, 60_000);
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});
afterAll(async () => {
  await origin?.remove();
  await destination?.remove();
});

/** Publishes the file over and over, so many times as fast as it plays. */
async function publishing(speed: number): Promise<TestPublisher> {
  const tags = readFlv(
    await readFile(await testMedia({ ...small, width: 320, height: 180, keyframeInterval: 1 })),
  );
  const publisher = await TestPublisher.publish(origin.playUrl("source"));
  undo.push(() => publisher.close());
  const length = tags.at(-1)!.timestampMs + 40;
  void (async () => {
    for (let round = 0; !publisher.closed; round++) {
      const faster = tags.map((tag) => ({ ...tag, timestampMs: (tag.timestampMs + round * length) / speed }));
      await publisher.sendAll(faster, true, (timestampMs) => Math.round(timestampMs * speed));
    }
  })();
  return publisher;
}

function relayTo(url: string, network: Partial<RelayNetwork> = {}) {
  const lines: string[] = [];
  const log = createLog("sidecar", (line) => lines.push(line));
  const source = new RelaySource(origin.playUrl("source"), log);
  const states: RelayState[] = [];
  const relayId = newIdentifier("relay");
  const relay = new Relay(
    { relayId, streamId: newIdentifier("stream"), url, key, enabled: true, version: 1 },
    { source, network: { allowPrivate: true, ...network }, log, changed: (state) => states.push(state) },
  );
  undo.push(async () => {
    await relay.stop();
    source.stop();
  });
  const until = (status: RelayState["status"], error = /^/, timeoutSeconds = 40) =>
    waitFor(
      `the relay is ${status}`,
      () => {
        const { state } = relay;
        if (state.status === status && error.test(state.error ?? "")) return state;
        throw new Error(JSON.stringify(states.slice(-5)));
      },
      { timeoutSeconds },
    );
  return { relay, states, lines, until };
}

it("leaves pictures out for a destination that stalls in the middle, gives it up, and is live when it goes on", async () => {
  await publishing(60);
  const { until, states, lines } = relayTo(destination.url);
  await until("live");
  await waitFor("pictures arrive", async () => ((await destination.arriving()).get(key) ?? 0) > 100_000);
  const before = process.memoryUsage().rss;
  destination.stall();
  const from = performance.now();
  await until("retrying", /has taken nothing for 10 s|did not greet/);
  process.stdout.write(`relays: a stall is seen after ${((performance.now() - from) / 1000).toFixed(1)} s\n`);
  const megabytes = (process.memoryUsage().rss - before) / 1024 / 1024;
  process.stdout.write(`relays: a stalled destination cost ${megabytes.toFixed(0)} MB\n`);
  expect(megabytes).toBeLessThan(150);
  destination.goOn();
  const again = performance.now();
  await until("live");
  process.stdout.write(
    `relays: it is live again after ${((performance.now() - again) / 1000).toFixed(1)} s\n`,
  );
  expect(states).toContainEqual(
    expect.objectContaining({ status: "live", error: expect.stringMatching(/pictures are left out/) }),
  );
  expect(lines.join("\n")).not.toContain(key);
}, 120_000);

it("sends through TLS with the destination's certificate checked", async () => {
  await publishing(1);
  const terminator = createTlsServer({ cert: testServerCertificate, key: testServerKey }, (socket) => {
    const behind = connect(destination.port, "127.0.0.1");
    socket.pipe(behind).pipe(socket);
    for (const end of [socket, behind]) end.on("error", () => {}).on("close", () => socket.destroy());
  });
  await new Promise<void>((resolve) => terminator.listen(0, "127.0.0.1", resolve));
  undo.push(() => terminator.close());
  const { port } = terminator.address() as AddressInfo;
  const url = `rtmps://localhost:${port}/ingest`;
  const { until } = relayTo(url, { certificateAuthorities: testAuthority });
  await until("live");
  await waitFor("pictures arrive", async () => ((await destination.arriving()).get(key) ?? 0) > 5000);
  const unchecked = relayTo(url);
  await unchecked.until("retrying", /no secure connection to localhost/);
}, 120_000);

it("says what is wrong with a destination that speaks no RTMP, or never stops talking", async () => {
  await publishing(1);
  const chatter = Buffer.alloc(65_536, 0x42);
  const behaviours: [RegExp, (socket: Socket) => void][] = [
    [/closed in the handshake/, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
    [/a message is too large/, (socket) => socket.on("drain", () => socket.write(chatter)).write(chatter)],
  ];
  for (const [words, behave] of behaviours) {
    const server = createServer((socket) => {
      socket.on("error", () => {}).resume();
      behave(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    undo.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { until } = relayTo(`rtmp://127.0.0.1:${port}/live`);
    await until("retrying", words);
  }
}, 120_000);

it("shows no key to whom a second relay with the same key is refused", async () => {
  await publishing(1);
  const first = relayTo(destination.url);
  await first.until("live");
  // nginx-rtmp says "Already publishing" to the second.
  const second = relayTo(destination.url);
  const { error } = await second.until("retrying");
  expect(error).not.toContain(key);
  expect([...first.lines, ...second.lines].join("\n")).not.toContain(key);
  expect(first.relay.state.status).toBe("live");
}, 120_000);
