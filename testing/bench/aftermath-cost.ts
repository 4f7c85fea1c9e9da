import { setTimeout as pause } from "node:timers/promises";
import { RelayDestination } from "../../media-sidecar/relays/relay-destination.test-support.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { fullHd, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { processorShares } from "./processor-share.ts";
import { encodersOf, secondsIfRunning } from "./processor-time.ts";
import { residentMegabytes } from "./resident-memory.ts";
import { table } from "./table.ts";

const seconds = 30;
const warmUpSeconds = 15;
const relaysPerStream = 2;
/** Enough for four copies of 1080p30 and for no encode, so that every stream is passed through as it is. */
const passthroughCapacity = 8_000_000;

interface Cost {
  /** Shares of a core. */
  readonly sidecar: number;
  readonly ffmpeg: number;
  /** Resident megabytes. */
  readonly sidecarMegabytes: number;
  readonly ffmpegMegabytes: number;
}

/**
 * Processor and memory of the sidecar and of the FFmpegs it runs, with one and four 1080p30 streams of 4.6 Mbit/s that
 * are passed through, alone, recorded, and recorded and relayed to two places each.
 */
export async function measureAftermathCost(): Promise<void> {
  const file = await testMedia(fullHd);
  const rows = [["streams", "beside", "sidecar", "its FFmpegs", "sidecar MB", "FFmpegs MB"]];
  for (const streams of [1, 4])
    for (const beside of ["nothing", "recording", "recording, two relays each"]) {
      const cost = await costOf(file, streams, beside);
      process.stderr.write(`aftermath-cost ${streams} ${beside}\n`);
      rows.push([
        String(streams),
        beside,
        `${(cost.sidecar * 100).toFixed(1)} %`,
        `${(cost.ffmpeg * 100).toFixed(1)} %`,
        cost.sidecarMegabytes.toFixed(0),
        cost.ffmpegMegabytes.toFixed(0),
      ]);
    }
  process.stdout.write(
    `\n1080p30 passed through, shares of one core over ${seconds} s, and resident memory\n${table(rows)}\n`,
  );
}

async function costOf(file: string, streams: number, beside: string): Promise<Cost> {
  const keys = Array.from({ length: streams * relaysPerStream }, (_, index) => `key-${index}`);
  const destination = await RelayDestination.make(...keys);
  await destination.start();
  const rostrum = await startRostrum({
    environment: { ENCODING_CAPACITY: String(passthroughCapacity), RELAY_ALLOW_PRIVATE: "true" },
  });
  const publishers: Publisher[] = [];
  try {
    for (let index = 0; index < streams; index++) {
      const record = beside.startsWith("recording");
      const { stream, streamKey } = await rostrum.admin.createStage({ reconnectWindowSeconds: 0, record });
      const own = keys.slice(index * relaysPerStream, (index + 1) * relaysPerStream);
      if (beside.includes("relays"))
        for (const key of own)
          await rostrum.admin.call("POST", `/api/streams/${stream.id}/relays`, {
            name: key,
            url: destination.url,
            key,
          });
      publishers.push(publish(file, `${rostrum.ingestUrl}/${streamKey}`));
      await waitFor("live", async () => (await rostrum.admin.stream(stream.id)).status === "live", {
        timeoutSeconds: 60,
      });
    }
    if (beside.includes("relays"))
      await waitFor("all relays arrive", async () => (await destination.arriving()).size === keys.length);
    return await measure(rostrum);
  } finally {
    await Promise.all(publishers.map((publisher) => publisher.kill()));
    await rostrum.remove();
    await destination.remove();
  }
}

async function measure(rostrum: Rostrum): Promise<Cost> {
  await pause(warmUpSeconds * 1000);
  const sidecar = await rostrum.pidOf("sidecar");
  const encoders = encodersOf(sidecar);
  const shares = await processorShares({ sidecar: [sidecar], ffmpeg: encoders }, seconds);
  // Beside the ladders an FFmpeg makes a still now and then, and is gone at the end.
  const ladders = encoders.filter((pid) => secondsIfRunning(pid) !== null);
  return {
    ...shares,
    sidecarMegabytes: residentMegabytes(sidecar),
    ffmpegMegabytes: ladders.reduce((sum, pid) => sum + residentMegabytes(pid), 0),
  };
}
