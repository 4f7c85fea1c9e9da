import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../support/browser.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import type { Rostrum } from "../support/rostrum.ts";
import { SimulatedViewer } from "../support/simulated-viewer.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime, openWatchPage } from "../support/watch-page.ts";
import { median, table } from "./table.ts";

const viewerCount = 20;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const awaySeconds = 5;
/** To settle before the loss, and for everything to be shown behind it. */
const settleSeconds = 12;

interface Round {
  /** What each viewer missed, in seconds. */
  simulated: number[];
  chromium: number;
  fellOff: string[];
}

/**
 * What viewers see of an encoder that is killed and comes back after 5 s: twenty simulated players, and Chromium on the
 * watch page, whose longest standstill is read from its video.
 */
export async function measureInterruption(rostrum: Rostrum): Promise<void> {
  const browser = await launchBrowser();
  try {
    const rows: string[][] = [];
    for (const latencyMode of ["standard", "low"] as const) {
      const taken: Round[] = [];
      for (let round = 0; round < rounds; round++) taken.push(await one(rostrum, browser, latencyMode));
      const simulated = taken.flatMap((each) => each.simulated);
      const chromium = taken.map((each) => each.chromium);
      const fellOff = taken.flatMap((each) => each.fellOff);
      rows.push([
        latencyMode,
        median(simulated).toFixed(1),
        Math.max(...simulated).toFixed(1),
        median(chromium).toFixed(1),
        Math.max(...chromium).toFixed(1),
        fellOff.length === 0 ? "0" : `${fellOff.length}: ${fellOff[0]}`,
      ]);
    }
    process.stdout.write(
      `\nAn encoder killed and back after ${awaySeconds} s, ${rounds} rounds, ${viewerCount} simulated viewers and Chromium; seconds without a picture\n${table(
        [["mode", "simulated p50", "longest", "Chromium p50", "longest", "fell off"], ...rows],
      )}\n`,
    );
  } finally {
    await browser.close();
  }
}

async function one(rostrum: Rostrum, browser: Browser, latencyMode: "standard" | "low"): Promise<Round> {
  const { stream, streamKey } = await rostrum.admin.createStage({ latencyMode });
  const file = await testMedia({ ...small, keyframeInterval: latencyMode === "low" ? 1 : 2 });
  const send = () => publish(file, `${rostrum.ingestUrl}/${streamKey}`);
  let publisher: Publisher = send();
  const viewers = Array.from(
    { length: viewerCount },
    (_, rung) =>
      new SimulatedViewer({
        playbackUrl: async () => (await rostrum.anonymous.playback(stream.id)).url,
        rung: rung % 4,
      }),
  );
  const context = await browser.newContext();
  try {
    const live = async () => (await rostrum.admin.stream(stream.id)).status === "live";
    await waitFor("live", live, { timeoutSeconds: 60 });
    for (const viewer of viewers) viewer.begin();
    const page = await openWatchPage(context, rostrum.url, stream.id);
    await waitFor("the picture moves", async () => (await currentTime(page)) > 2, { timeoutSeconds: 60 });
    await pause(settleSeconds);
    await watchStandstills(page);
    const before = viewers.map(({ buffer }) => buffer.stalledSeconds);
    await publisher.kill();
    await pause(awaySeconds);
    publisher = send();
    await waitFor("live again", live, { timeoutSeconds: 60 });
    await pause(settleSeconds);
    return {
      simulated: viewers.map(({ buffer }, index) => buffer.stalledSeconds - before[index]!),
      chromium: await longestStandstill(page),
      fellOff: viewers.flatMap((viewer) => viewer.fellOff ?? []),
    };
  } finally {
    await Promise.all(viewers.map((viewer) => viewer.stop()));
    await context.close();
    await publisher.stop();
    await rostrum.admin.call("POST", `/api/streams/${stream.id}/end`);
  }
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

interface Watched {
  longestStandstill: number;
}

/** Notes in the page how long its video's clock ever stands still. */
function watchStandstills(page: Page): Promise<void> {
  return page.evaluate(() => {
    const watched = window as unknown as Watched;
    watched.longestStandstill = 0;
    const video = document.querySelector("video")!;
    let position = video.currentTime;
    let movedAt = performance.now();
    setInterval(() => {
      const now = performance.now();
      if (video.currentTime !== position) {
        position = video.currentTime;
        movedAt = now;
      } else {
        watched.longestStandstill = Math.max(watched.longestStandstill, (now - movedAt) / 1000);
      }
    }, 50);
  });
}

/** Seconds; the page that was loaded anew meanwhile has fallen off, and there is none. */
function longestStandstill(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { longestStandstill: longest } = window as unknown as Partial<Watched>;
    if (longest === undefined) throw new Error("the page was loaded anew");
    return longest;
  });
}
