import { publish } from "../support/publisher.ts";
import type { Rostrum } from "../support/rostrum.ts";
import { fullHd, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { processorShares } from "./processor-share.ts";
import { childrenOf, encodersOf } from "./processor-time.ts";
import { table } from "./table.ts";

const seconds = 60;

/** What one live 1080p30 stream costs in each process of the media plane, as a share of one core over a minute. */
export async function measureNodeShare(rostrum: Rostrum): Promise<void> {
  const { stream, streamKey } = await rostrum.admin.createStage({ reconnectWindowSeconds: 0 });
  const publisher = publish(await testMedia(fullHd), `${rostrum.ingestUrl}/${streamKey}`);
  try {
    await waitFor("live", async () => (await rostrum.admin.stream(stream.id)).status === "live", {
      timeoutSeconds: 60,
    });
    const sidecar = await rostrum.pidOf("sidecar");
    const pids = {
      "sidecar (Node)": [sidecar],
      "FFmpeg ladder": encodersOf(sidecar),
      "nginx-rtmp": await withChildren(rostrum, "nginx-rtmp"),
      "nginx-http": await withChildren(rostrum, "nginx-http"),
    };
    const shares = await processorShares(pids, seconds);
    const ladder = shares["FFmpeg ladder"];
    process.stdout.write(
      `\nShare of one core, one 1080p30 stream, copied top rung, ${seconds} s\n${table([
        ["process", "share of a core", "ratio to the ladder"],
        ...Object.entries(shares).map(([name, share]) => [
          name,
          `${(share * 100).toFixed(2)} %`,
          (share / ladder).toFixed(3),
        ]),
      ])}\n`,
    );
  } finally {
    await publisher.stop();
    await rostrum.admin.call("POST", `/api/streams/${stream.id}/end`);
  }
}

async function withChildren(rostrum: Rostrum, name: "nginx-rtmp" | "nginx-http"): Promise<number[]> {
  const pid = await rostrum.pidOf(name);
  return [pid, ...childrenOf(pid)];
}
