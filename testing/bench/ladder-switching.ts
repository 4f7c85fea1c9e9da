import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../support/browser.ts";
import { publish } from "../support/publisher.ts";
import type { Rostrum } from "../support/rostrum.ts";
import { fullHd, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime, openWatchPage, player } from "../support/watch-page.ts";
import { table } from "./table.ts";

const seconds = Number(process.env.BENCH_SECONDS ?? 120);
const heightOfSource = Number(process.env.BENCH_HEIGHT ?? 1080);
const holdSeconds = 6;
/** A picture that has not moved for this long stands still; frames come every 33 ms. */
const stillMs = 250;

interface Switching {
  switches: number;
  levelsSeen: number;
  stalls: number;
  stalledSeconds: number;
  longestStillMs: number;
}

/** Two minutes of a viewer moving up and down the ladder, a step every six seconds: stalls are wanted nowhere. */
export async function measureSwitching(rostrum: Rostrum): Promise<void> {
  const browser = await launchBrowser();
  try {
    const rows: string[][] = [];
    for (const latencyMode of ["standard", "low"] as const) {
      const result = await switchLevels(rostrum, browser, latencyMode);
      rows.push([
        latencyMode,
        String(result.switches),
        String(result.levelsSeen),
        String(result.stalls),
        result.stalledSeconds.toFixed(2),
        result.longestStillMs.toFixed(0),
      ]);
    }
    process.stdout.write(
      `\nUp and down the ladder of ${heightOfSource} lines, ${seconds} s\n${table([
        ["mode", "switches", "levels shown", "stalls", "stalled s", "longest still ms"],
        ...rows,
      ])}\n`,
    );
  } finally {
    await browser.close();
  }
}

async function switchLevels(
  rostrum: Rostrum,
  browser: Browser,
  latencyMode: "standard" | "low",
): Promise<Switching> {
  const { stream, streamKey } = await rostrum.admin.createStage({ latencyMode, reconnectWindowSeconds: 0 });
  const media = {
    ...fullHd,
    height: heightOfSource,
    width: Math.round((heightOfSource * 16) / 18) * 2,
    keyframeInterval: latencyMode === "low" ? 1 : 2,
  };
  const publisher = publish(await testMedia(media), `${rostrum.ingestUrl}/${streamKey}`);
  try {
    const live = async () => (await rostrum.admin.stream(stream.id)).status === "live";
    await waitFor("live", live, { timeoutSeconds: 60 });
    const page = await openWatchPage(browser, rostrum.url, stream.id);
    await waitFor("the picture moves", async () => (await currentTime(page)) > 2, { timeoutSeconds: 60 });
    const result = await climb(page);
    await page.close();
    return result;
  } finally {
    await publisher.stop();
    await rostrum.admin.call("POST", `/api/streams/${stream.id}/end`);
  }
}

async function climb(page: Page): Promise<Switching> {
  const { levels } = await player(page);
  await page.evaluate("globalThis.__name ??= (named) => named");
  await page.evaluate((stillMs) => {
    const video = document.querySelector("video")!;
    const seen = { stalls: 0, stalledMs: 0, longestMs: 0 };
    Object.assign(window, { seen });
    let [position, movedAt] = [video.currentTime, performance.now()];
    const look = () => {
      const now = performance.now();
      if (video.currentTime !== position) {
        const still = now - movedAt;
        seen.longestMs = Math.max(seen.longestMs, still);
        if (still > stillMs) {
          seen.stalls++;
          seen.stalledMs += still;
        }
        [position, movedAt] = [video.currentTime, now];
      }
      setTimeout(look, 20);
    };
    look();
  }, stillMs);
  const down = levels.map(({ index }) => index).sort((a, b) => b - a);
  const path = [...down, ...down.slice(1, -1).reverse()];
  const shown = new Set<number>();
  const steps = Math.max(1, Math.round(seconds / holdSeconds));
  for (let step = 0; step < steps; step++) {
    await page.evaluate((level) => window.rostrumPlayer.setLevel(level), path[step % path.length]!);
    await new Promise((resolve) => setTimeout(resolve, holdSeconds * 1000));
    shown.add(await page.evaluate(() => document.querySelector("video")!.videoHeight));
  }
  const seen = await page.evaluate(
    () => (window as unknown as { seen: { stalls: number; stalledMs: number; longestMs: number } }).seen,
  );
  return {
    switches: steps,
    levelsSeen: shown.size,
    stalls: seen.stalls,
    stalledSeconds: seen.stalledMs / 1000,
    longestStillMs: seen.longestMs,
  };
}
