import type { Browser } from "playwright-core";
import { launchBrowser } from "../support/browser.ts";
import type { Publisher } from "../support/publisher.ts";
import type { Rostrum } from "../support/rostrum.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime, openWatchPage } from "../support/watch-page.ts";
import { type ClockSource, publishClock } from "./clock-source.ts";
import { startNginxRtmpHls } from "./peers/nginx-rtmp-hls.ts";
import { type PictureReading, percentile, readPictureClock } from "./picture-clock.ts";
import { table } from "./table.ts";

const seconds = Number(process.env.BENCH_SECONDS ?? 60);
/** Given to the player to settle at its distance from the live edge. */
const settleSeconds = 15;
const source: ClockSource = {
  width: Number(process.env.BENCH_WIDTH ?? 1280),
  height: Number(process.env.BENCH_HEIGHT ?? 720),
  framesPerSecond: 30,
  keyframeSeconds: 1,
  videoKbps: 2500,
};

/**
 * Glass to glass: from FFmpeg drawing a frame, through its encoder, RTMP, the ladder, HLS and the player of our watch
 * page, to Chromium showing it. Peer: plain nginx-rtmp HLS with 1 s fragments, one quality, and hls.js.
 */
export async function measureLatency(rostrum: Rostrum): Promise<void> {
  const browser = await launchBrowser();
  try {
    const rows = [
      ["Rostrum, low latency", await ofRostrum(rostrum, browser, "low")],
      ["Rostrum, standard", await ofRostrum(rostrum, browser, "standard")],
      ["nginx-rtmp HLS, 1 s fragments", await ofPeer(browser)],
    ] as const;
    const peer = percentile(rows[2][1].delays, 0.95);
    process.stdout.write(
      `\nGlass to glass in Chromium, ${source.width}x${source.height} at ${source.framesPerSecond}, ${seconds} s\n${table(
        [
          ["system", "p50 s", "p95 s", "stalls", "stalled s", "p95 ratio to peer"],
          ...rows.map(([name, { delays, stalls, stalledSeconds }]) => [
            name,
            percentile(delays, 0.5).toFixed(2),
            percentile(delays, 0.95).toFixed(2),
            String(stalls),
            stalledSeconds.toFixed(1),
            (percentile(delays, 0.95) / peer).toFixed(2),
          ]),
        ],
      )}\n`,
    );
  } finally {
    await browser.close();
  }
}

async function ofRostrum(
  rostrum: Rostrum,
  browser: Browser,
  latencyMode: "low" | "standard",
): Promise<PictureReading> {
  const { stream, streamKey } = await rostrum.admin.createStage({ latencyMode, reconnectWindowSeconds: 0 });
  const keyframeSeconds = latencyMode === "low" ? 1 : 2;
  const publisher = publishClock({ ...source, keyframeSeconds }, `${rostrum.ingestUrl}/${streamKey}`);
  try {
    const live = async () => (await rostrum.admin.stream(stream.id)).status === "live";
    await waitFor("live", live, { timeoutSeconds: 60 });
    const page = await openWatchPage(browser, rostrum.url, stream.id);
    return await read(page, publisher);
  } finally {
    await publisher.stop();
    await rostrum.admin.call("POST", `/api/streams/${stream.id}/end`);
  }
}

async function ofPeer(browser: Browser): Promise<PictureReading> {
  const peer = await startNginxRtmpHls(1);
  const publisher = publishClock(source, `${peer.ingestUrl}/clock`);
  try {
    await waitFor("a playlist", () => peer.playlist("clock"), { timeoutSeconds: 60 });
    const page = await browser.newPage();
    await page.goto(peer.pageUrl("clock"));
    return await read(page, publisher);
  } finally {
    await publisher.stop();
    await peer.stop();
  }
}

async function read(
  page: Awaited<ReturnType<Browser["newPage"]>>,
  publisher: Publisher,
): Promise<PictureReading> {
  try {
    await waitFor("the picture moves", async () => (await currentTime(page)) > 1, { timeoutSeconds: 60 });
    await readPictureClock(page, settleSeconds);
    const reading = await readPictureClock(page, seconds);
    if (!publisher.running) throw new Error(`the encoder ended: ${(await publisher.ended).stderr}`);
    return reading;
  } finally {
    await page.close();
  }
}
