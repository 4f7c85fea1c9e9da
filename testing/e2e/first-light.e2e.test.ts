import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KeyRegenerated, StreamCreated } from "../../edge/protocol/streams.ts";
import { launchBrowser } from "../support/browser.ts";
import { fetchMaster, fetchMedia } from "../support/hls.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { fullHd, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime, openWatchPage, player, signUp } from "../support/watch-page.ts";

describe("from an encoder to a browser", () => {
  let rostrum: Rostrum;
  let browser: Browser;
  let stage: StreamCreated & { session: { id: string } };
  let publisher: Publisher;
  let page: Page;
  let file: string;

  beforeAll(async () => {
    // All four rungs, with half the pictures and little in them: other tests want their share of the processors.
    file = await testMedia({ ...fullHd, framesPerSecond: 15, still: true });
    rostrum = await startRostrum();
    browser = await launchBrowser();
    stage = await rostrum.admin.createStage();
  });
  afterAll(async () => {
    await publisher?.stop();
    await browser?.close();
    await rostrum?.remove();
  });

  /**
   * Whether the picture becomes so high. On a machine that is busy with other things encoders may fall behind: then a
   * size is left out for at least half a minute, the next lower one is shown in its place, and the stream says so.
   */
  async function moveTo(height: number): Promise<boolean> {
    const size = () => page.evaluate(() => document.querySelector("video")!.videoHeight);
    const { levels } = await player(page);
    const level = levels.find((one) => one.height === height)!;
    await page.evaluate((index) => window.rostrumPlayer.setLevel(index), level.index);
    const came = await waitFor(
      `the picture is ${height} high`,
      async () => {
        const [seen, left, told] = [await size(), await leftOut(), await player(page)];
        if (seen === height) return "shown";
        if (left.has(height)) return "left out";
        throw new Error(`${seen}, ${JSON.stringify([...left])} left out, ${JSON.stringify(told)}`);
      },
      { timeoutSeconds: 60 },
    );
    return came === "shown";
  }
  /** Heights that are not made now. */
  async function leftOut(): Promise<Set<number>> {
    const { shed = [] } = await rostrum.admin.stream(stage.stream.id);
    return new Set(shed.map(({ name }) => Number.parseInt(name, 10)));
  }

  it("refuses a wrong key within two seconds", async () => {
    const stranger = publish(file, `${rostrum.ingestUrl}/sk_${"x".repeat(32)}`);
    await waitFor("the publisher is cut", () => !stranger.running, {
      timeoutSeconds: 2,
      everyMilliseconds: 20,
    });
    expect((await stranger.ended).code).not.toBe(0);
  });

  it("says that the stream is offline before anyone publishes", async () => {
    page = await openWatchPage(browser, rostrum.url, stage.stream.id);
    await waitFor("the page says idle", async () => (await player(page)).state === "idle");
  });

  it("plays in the page that was already open, and time advances", async () => {
    publisher = publish(file, `${rostrum.ingestUrl}/${stage.streamKey}`);
    await waitFor("the picture moves", async () => (await currentTime(page)) > 0.5, { timeoutSeconds: 60 });
    const before = await currentTime(page);
    await waitFor("two more seconds were played", async () => (await currentTime(page)) > before + 2, {
      timeoutSeconds: 60,
    });
    expect((await player(page)).state).toBe("live");
    await waitFor(
      "the API says live",
      async () => (await rostrum.admin.stream(stage.stream.id)).status === "live",
    );
  });

  it("offers four levels and moves to each of them", async () => {
    const { levels } = await waitFor(
      "four levels",
      async () => {
        const seen = await player(page);
        return seen.levels.length === 4 && seen;
      },
      { timeoutSeconds: 60 },
    );
    expect(levels.map(({ height }) => height).sort((a, b) => b - a)).toEqual([1080, 720, 480, 360]);
    const unseen = new Set(levels.map(({ height }) => height));
    while (unseen.size > 0) {
      const height = await waitFor(
        `one of ${[...unseen]} is made`,
        async () => {
          const left = await leftOut();
          return [...unseen].find((one) => !left.has(one));
        },
        { timeoutSeconds: 240 },
      );
      if (await moveTo(height)) unseen.delete(height);
    }
    await page.evaluate(() => window.rostrumPlayer.setLevel(-1));
  }, 600_000);

  it("shows a line typed in one browser in another", async () => {
    await signUp(page, "Ada");
    const otherContext = await browser.newContext();
    const other = await openWatchPage(otherContext, rostrum.url, stage.stream.id);
    const line = `Good morning ${crypto.randomUUID()} <b>& all</b>`;
    await page.getByTestId("chat-input").fill(line);
    await page.getByTestId("chat-input").press("Enter");
    for (const reader of [page, other]) {
      await waitFor(
        "the line is there",
        async () => (await reader.getByTestId("chat-text").allTextContents()).includes(line),
        { timeoutSeconds: 60 },
      );
    }
    await otherContext.close();
  });

  it("cuts the publisher when the key is regenerated, and lets only the new key in", async () => {
    const { streamKey } = await rostrum.admin.call<KeyRegenerated>(
      "POST",
      `/api/streams/${stage.stream.id}/regenerate-key`,
    );
    await waitFor("the publisher is cut", () => !publisher.running, {
      timeoutSeconds: 3,
      everyMilliseconds: 50,
    });
    const old = publish(file, `${rostrum.ingestUrl}/${stage.streamKey}`);
    expect((await old.ended).code).not.toBe(0);
    await waitFor("the page says reconnecting", async () => (await player(page)).state === "reconnecting");
    publisher = publish(file, `${rostrum.ingestUrl}/${streamKey}`);
    await waitFor("the page is live again", async () => (await player(page)).state === "live", {
      timeoutSeconds: 60,
    });
    const before = await currentTime(page);
    await waitFor("it plays on", async () => (await currentTime(page)) > before + 1, { timeoutSeconds: 60 });
  });

  it("says so in the page when the stream has ended", async () => {
    await publisher.stop();
    await waitFor("the page says reconnecting", async () => (await player(page)).state === "reconnecting");
    await rostrum.admin.call("POST", `/api/streams/${stage.stream.id}/end`);
    await waitFor("the page says ended", async () => (await player(page)).state === "ended", {
      timeoutSeconds: 60,
    });
    const { url } = await rostrum.anonymous.playback(stage.stream.id);
    const { variants } = await fetchMaster(url);
    await waitFor(
      "every playlist is closed",
      async () => {
        const playlists = await Promise.all(variants.map((variant) => fetchMedia(variant.url)));
        return playlists.length === 4 && playlists.every(({ ended }) => ended);
      },
      { timeoutSeconds: 60 },
    );
  });
});
