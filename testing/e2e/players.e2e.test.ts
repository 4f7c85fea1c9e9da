import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot } from "../house/source-files.ts";
import { launchBrowser } from "../support/browser.ts";
import { untilLetIn } from "../support/let-in.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime, openWatchPage, player } from "../support/watch-page.ts";

const run = promisify(execFile);
const patience = { timeoutSeconds: 60 };
/** Who fell behind hurries by a twentieth, and jumps from fifteen seconds on: what is less than that takes minutes. */
const catchingUp = { timeoutSeconds: 240 };
const part = /\/seg_[^/]+\/v\d+\/\d+-\d+\.m4s$/;
const segment = /\/seg_[^/]+\/v\d+\/\d+\.m4s$/;

let rostrum: Rostrum;
let browser: Browser;

beforeAll(async () => {
  rostrum = await startRostrum();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rostrum?.remove();
});

describe.each(["standard", "low"] as const)("a stream in %s mode plays", (latencyMode) => {
  let publisher: Publisher;
  let streamId: string;
  let streamKey: string;
  let file: string;

  beforeAll(async () => {
    file = await testMedia({
      ...small,
      width: 854,
      height: 480,
      keyframeInterval: latencyMode === "low" ? 1 : 2,
    });
    const stage = await rostrum.admin.createStage({ latencyMode });
    streamId = stage.stream.id;
    streamKey = stage.streamKey;
    await goLive();
    await waitFor("live", async () => (await rostrum.admin.stream(streamId)).status === "live", patience);
  });
  afterAll(async () => {
    await publisher?.stop();
    await rostrum?.admin.call("POST", `/api/streams/${streamId}/end`);
  });

  async function goLive(): Promise<void> {
    publisher = await untilLetIn(rostrum.output, () => publish(file, `${rostrum.ingestUrl}/${streamKey}`));
  }
  /** For players that are not ours; each asks for its own. */
  const playbackUrl = async () => (await rostrum.anonymous.playback(streamId)).url;

  /** Paths that the page fetches from now on. */
  function requestsOf(page: Page): string[] {
    const paths: string[] = [];
    page.on("request", (request) => paths.push(new URL(request.url()).pathname));
    return paths;
  }

  async function expectPlays(page: Page, paths: string[]): Promise<void> {
    await waitFor("the picture moves", async () => (await currentTime(page)) > 0.5, patience);
    if (latencyMode === "standard") {
      await playsOn(page, 6);
      expect(paths.filter((path) => part.test(path))).toEqual([]);
      return;
    }
    // Six seconds have eighteen parts; some may have been fetched before. Who fell behind has to come close first.
    await waitFor(
      "six seconds come in parts",
      async () => {
        const before = paths.length;
        await playsOn(page, 6);
        const since = paths.slice(before);
        if (since.filter((path) => part.test(path)).length <= 8) throw new Error(since.join("\n"));
        return true;
      },
      catchingUp,
    );
  }

  it("on our page, in parts where there are any, and close to live", async () => {
    const page = await openWatchPage(browser, rostrum.url, streamId);
    await expectPlays(page, requestsOf(page));
    expect((await player(page)).state).toBe("live");
    const most = latencyMode === "low" ? 4 : 9;
    await waitFor(
      "it is close to live",
      async () => {
        const seconds = await page.evaluate(() => window.rostrumPlayer.latencySeconds);
        if (seconds === null || seconds >= most) throw new Error(`${seconds} s behind`);
        return true;
      },
      catchingUp,
    );
    await page.close();
  }, 700_000);

  it("on our page over an encoder that drops, without loading it anew", async () => {
    const page = await openWatchPage(browser, rostrum.url, streamId);
    await waitFor("the picture moves", async () => (await currentTime(page)) > 0.5, patience);
    const paths = requestsOf(page);
    const refusals: number[] = [];
    page.on("response", (response) => {
      if (/\.m3u8/.test(response.url()) && response.status() >= 400) refusals.push(response.status());
    });
    await publisher.kill();
    await waitFor("the page says so", async () => (await player(page)).state === "reconnecting", patience);
    const polls = paths.length;
    await waitFor("the player asks on", () => paths.length > polls + 5, patience);
    await goLive();
    await waitFor("the page says live", async () => (await player(page)).state === "live", patience);
    await playsOn(page, 4);
    expect(paths.filter((path) => path.endsWith("/master.m3u8"))).toEqual([]);
    // Who waited for a part in vain was told so.
    expect(refusals.filter((status) => status !== 503)).toEqual([]);
    await page.close();
  });

  it("in shaka-player", async () => {
    const page = await browser.newPage();
    const paths = requestsOf(page);
    await page.setContent('<video muted autoplay playsinline width="640"></video>');
    await page.addScriptTag({
      path: `${repositoryRoot}/node_modules/shaka-player/dist/shaka-player.compiled.js`,
    });
    const failed = await page.evaluate(
      async ({ url, isLow }) => {
        const { shaka } = window as unknown as { shaka: ShakaGlobal };
        const shakaPlayer = new shaka.Player();
        await shakaPlayer.attach(document.querySelector("video")!);
        shakaPlayer.configure({ streaming: { lowLatencyMode: isLow } });
        const faults: string[] = [];
        Object.assign(window, { faults });
        shakaPlayer.addEventListener("error", (event) => faults.push(JSON.stringify(event.detail)));
        return shakaPlayer.load(url).then(
          () => null,
          (error: unknown) => JSON.stringify(error),
        );
      },
      { url: await playbackUrl(), isLow: latencyMode === "low" },
    );
    expect(failed).toBeNull();
    await expectPlays(page, paths);
    expect(await page.evaluate(() => (window as unknown as { faults: string[] }).faults)).toEqual([]);
    await page.close();
  }, 400_000);

  it("in FFmpeg's reader, which knows no parts", async () => {
    const { stderr } = await run("ffmpeg", [
      "-v",
      "warning",
      "-nostdin",
      "-i",
      await playbackUrl(),
      "-t",
      "5",
      "-map",
      "0:v:0",
      "-map",
      "0:a:0",
      "-f",
      "null",
      "-",
    ]);
    expect(
      stderr.split("\n").filter((line) => /error|invalid|corrupt|discontin|non monoton/i.test(line)),
    ).toEqual([]);
  });

  if (latencyMode === "low")
    it("for a player without parts as segments of a second", async () => {
      const page = await browser.newPage();
      const paths = requestsOf(page);
      await page.setContent('<video muted autoplay playsinline width="640"></video>');
      await page.addScriptTag({ path: `${repositoryRoot}/node_modules/hls.js/dist/hls.min.js` });
      await page.evaluate(
        (source) => {
          const { Hls } = window as unknown as { Hls: new (settings: object) => HlsGlobal };
          const hls = new Hls({ enableWorker: false, lowLatencyMode: false });
          hls.loadSource(source);
          hls.attachMedia(document.querySelector("video")!);
        },
        await playbackUrl(),
      );
      await waitFor("the picture moves", async () => (await currentTime(page)) > 0.5, patience);
      await playsOn(page, 5);
      expect(paths.filter((path) => part.test(path))).toEqual([]);
      expect(paths.filter((path) => segment.test(path)).length).toBeGreaterThan(3);
      await page.close();
    });
});

/** Until so many more seconds were shown: a place further on may have been jumped to. */
async function playsOn(page: Page, seconds: number): Promise<void> {
  const shown = () =>
    page.evaluate(() => {
      const { played } = document.querySelector("video")!;
      return Array.from(
        { length: played.length },
        (_, range) => played.end(range) - played.start(range),
      ).reduce((sum, length) => sum + length, 0);
    });
  const from = await shown();
  await waitFor("it plays on", async () => (await shown()) > from + seconds, patience);
}

interface ShakaGlobal {
  Player: new () => {
    attach(video: HTMLVideoElement): Promise<void>;
    configure(settings: object): void;
    load(url: string): Promise<void>;
    addEventListener(type: "error", heard: (event: { detail: unknown }) => void): void;
  };
}

interface HlsGlobal {
  loadSource(url: string): void;
  attachMedia(video: HTMLVideoElement): void;
}
