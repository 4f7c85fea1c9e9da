import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { newIdentifier } from "../../edge/protocol/identifier.ts";
import { createLog } from "../../edge/protocol/log.ts";
import { Relay } from "../../media-sidecar/relays/relay.ts";
import { RelayDestination } from "../../media-sidecar/relays/relay-destination.test-support.ts";
import { RelaySource } from "../../media-sidecar/relays/relay-source.ts";
import { publish } from "../support/publisher.ts";
import { fullHd, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { processorShares } from "./processor-share.ts";
import { residentMegabytes } from "./resident-memory.ts";
import { table } from "./table.ts";

const warmUpSeconds = 10;
const seconds = 30;
const keys = ["first", "second"] as const;

/**
 * What it costs to send one 1080p30 stream of 4.6 Mbit/s to two destinations: as the sidecar does it, reading the stream
 * once and writing to a connection each, beside an FFmpeg each that copies. CPU-seconds (user and system) a minute.
 */
export async function measureRelayCost(): Promise<void> {
  const origin = await RelayDestination.make("source");
  const destination = await RelayDestination.make(...keys);
  await origin.start();
  await destination.start();
  const publisher = publish(await testMedia(fullHd), origin.playUrl("source"));
  try {
    const arriving = async () => new Set((await destination.arriving()).keys());
    const both = () => waitFor("both arrive", async () => (await arriving()).size === keys.length);
    const none = () => waitFor("both have gone", async () => (await arriving()).size === 0);
    await waitFor("the source", async () => (await origin.arriving()).has("source"));
    const ours = await costOfRelays(origin, destination, both);
    await none();
    const peer = await costOfCopies(origin, destination, both);
    const row = (name: string, { processor, megabytes }: Cost) => [
      name,
      processor.toFixed(2),
      (processor / peer.processor).toFixed(2),
      megabytes.toFixed(0),
    ];
    process.stdout.write(
      `\nRelaying one 1080p30 stream to two destinations, over ${seconds} s\n${table([
        ["way", "CPU-s a minute", "ratio", "MB more"],
        row("connections of the sidecar", ours),
        row("one FFmpeg -c copy each (peer)", peer),
      ])}\n`,
    );
  } finally {
    await publisher.kill();
    await origin.remove();
    await destination.remove();
  }
}

interface Cost {
  processor: number;
  megabytes: number;
}

async function costOfRelays(
  origin: RelayDestination,
  destination: RelayDestination,
  both: () => Promise<unknown>,
): Promise<Cost> {
  const log = createLog("sidecar", () => {});
  const before = process.memoryUsage().rss;
  const source = new RelaySource(origin.playUrl("source"), log);
  const relays = keys.map((key) => {
    const ids = { relayId: newIdentifier("relay"), streamId: newIdentifier("stream") };
    const relay = { ...ids, url: destination.url, key, enabled: true, version: 1 };
    return new Relay(relay, { source, network: { allowPrivate: true }, log, changed: () => {} });
  });
  await both();
  const processor = await over([process.pid]);
  const megabytes = (process.memoryUsage().rss - before) / 1024 / 1024;
  await Promise.all(relays.map((relay) => relay.stop()));
  source.stop();
  return { processor, megabytes };
}

async function costOfCopies(
  origin: RelayDestination,
  destination: RelayDestination,
  both: () => Promise<unknown>,
): Promise<Cost> {
  const copies = keys.map((key) => {
    const args = ["-v", "error", "-i", origin.playUrl("source"), "-c", "copy", "-f", "flv"];
    return spawn("ffmpeg", [...args, destination.playUrl(key)], { stdio: "ignore" });
  });
  try {
    await both();
    const pids = copies.map(({ pid }) => pid!);
    return {
      processor: await over(pids),
      megabytes: pids.reduce((sum, pid) => sum + residentMegabytes(pid), 0),
    };
  } finally {
    for (const copy of copies) {
      const ended = once(copy, "close");
      copy.kill("SIGKILL");
      await ended;
    }
  }
}

/** CPU-seconds a minute of these processes. */
async function over(pids: number[]): Promise<number> {
  await pause(warmUpSeconds * 1000);
  return (await processorShares({ pids }, seconds)).pids * 60;
}
