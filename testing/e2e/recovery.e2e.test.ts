import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { laddersOf } from "../bench/processor-time.ts";
import { launchBrowser } from "../support/browser.ts";
import { fetchMaster, fetchMedia } from "../support/hls.ts";
import { untilLetIn } from "../support/let-in.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type ProcessName, type Rostrum, startRostrum } from "../support/rostrum.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime, openWatchPage, player, signUp } from "../support/watch-page.ts";

/** One stream and one viewer for all of it: what is killed, the same page must play and chat on. */
describe("a process killed with SIGKILL while live", () => {
  let rostrum: Rostrum;
  let browser: Browser;
  let page: Page;
  let publisher: Publisher;
  let streamId: string;
  let publishAgain: () => Publisher;

  beforeAll(async () => {
    const file = await testMedia(small);
    rostrum = await startRostrum();
    browser = await launchBrowser();
    const { stream, streamKey } = await rostrum.admin.createStage({ reconnectWindowSeconds: 120 });
    streamId = stream.id;
    publishAgain = () => publish(file, `${rostrum.ingestUrl}/${streamKey}`);
    publisher = publishAgain();
    page = await openWatchPage(browser, rostrum.url, streamId);
    await waitFor("the picture moves", async () => (await currentTime(page)) > 1, { timeoutSeconds: 60 });
    await signUp(page, "Grace");
  });
  afterAll(async () => {
    await publisher?.stop();
    await browser?.close();
    await rostrum?.remove();
  });

  async function newestSegment(): Promise<number> {
    const { url } = await rostrum.anonymous.playback(streamId);
    const playlist = await fetchMedia((await fetchMaster(url)).variants[0]!.url);
    return playlist.mediaSequence + playlist.segments.length;
  }

  async function expectPictureAndChat(): Promise<void> {
    const segment = await waitFor("a playlist", newestSegment, { timeoutSeconds: 60 });
    const before = await currentTime(page);
    await Promise.all([
      waitFor("the same playlist grows", async () => (await newestSegment()) >= segment + 2, {
        timeoutSeconds: 60,
      }),
      waitFor("the page plays on", async () => (await currentTime(page)) > before + 2, {
        timeoutSeconds: 60,
      }),
    ]);
    await waitFor("the page says live", async () => (await player(page)).state === "live", {
      timeoutSeconds: 60,
    });
    const line = `still here ${crypto.randomUUID()}`;
    await page.getByTestId("chat-input").fill(line, { timeout: 60_000 });
    await page.getByTestId("chat-input").press("Enter");
    await waitFor(
      "the line comes back",
      async () => (await page.getByTestId("chat-text").allTextContents()).includes(line),
      { timeoutSeconds: 60 },
    );
  }

  it.each<ProcessName>(["api", "rooms", "sidecar", "nginx-http", "hasher", "redis-bridge", "redis"])(
    "%s comes back, the picture and the chat go on, and the encoder stays connected",
    async (name) => {
      const before = await newestSegment();
      await rostrum.killAndAwaitReturn(name);
      await expectPictureAndChat();
      expect(await newestSegment(), "the playlist never began anew").toBeGreaterThanOrEqual(before);
      expect(publisher.running).toBe(true);
    },
  );

  it("FFmpeg is started again", async () => {
    const [encoder] = laddersOf(await rostrum.pidOf("sidecar"));
    process.kill(encoder!, "SIGKILL");
    await expectPictureAndChat();
    expect(publisher.running).toBe(true);
  });

  it("nginx for RTMP comes back, and an encoder that dials again continues the same playlist", async () => {
    const before = await newestSegment();
    await rostrum.killAndAwaitReturn("nginx-rtmp");
    await publisher.ended;
    publisher = await untilLetIn(rostrum.output, publishAgain);
    await expectPictureAndChat();
    expect(await newestSegment()).toBeGreaterThan(before);
  });

  it("PostgreSQL comes back, and what was said before is still there", async () => {
    const said = await page.getByTestId("chat-text").allTextContents();
    await rostrum.killAndAwaitReturn("postgres");
    await expectPictureAndChat();
    await page.reload();
    await waitFor(
      "the history is complete",
      async () => {
        const texts = await page.getByTestId("chat-text").allTextContents();
        return said.every((line) => texts.includes(line));
      },
      { timeoutSeconds: 60 },
    );
  });
});
