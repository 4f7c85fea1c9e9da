import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { fetchMedia } from "../support/hls.ts";
import { untilLetIn } from "../support/let-in.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime, openWatchPage, player } from "../support/watch-page.ts";

const usual = { ...small, keyframeInterval: 1 };
const another = { ...usual, width: 320, height: 180, framesPerSecond: 10 };

let rostrum: Rostrum;
let browser: Browser;
beforeAll(async () => {
  // Made now and not while a stream waits for it.
  for (const media of [usual, another]) await testMedia(media);
  rostrum = await startRostrum();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rostrum?.remove();
});

/** One private stream and one viewer for all of it: whatever its encoder does, the same page goes on. */
describe.each(["standard", "low"] as const)(
  "a viewer of a private event, latency mode %s, stays",
  (latencyMode) => {
    let page: Page;
    let publisher: Publisher;
    let streamId: string;
    let send: (media: typeof usual) => Promise<Publisher>;

    beforeAll(async () => {
      const event = await rostrum.admin.createEvent({ visibility: "private", accessCode: "spring-27" });
      const session = await rostrum.admin.createSession(event.id);
      const { stream, streamKey } = await rostrum.admin.createStream({ sessionId: session.id, latencyMode });
      streamId = stream.id;
      send = async (media) => publish(await testMedia(media), `${rostrum.ingestUrl}/${streamKey}`);
      publisher = await send(usual);

      const { client, password, signedIn } = await rostrum.anonymous.register("Grace");
      await client.call("POST", `/api/events/${event.id}/join`, { accessCode: "spring-27" });
      const context = await browser.newContext();
      const { email } = signedIn.user as { email: string };
      await context.request.post(`${rostrum.url}/api/auth/login`, { data: { email, password } });
      page = await openWatchPage(context, rostrum.url, streamId);
      await waitFor("the picture moves", async () => (await currentTime(page)) > 2, { timeoutSeconds: 60 });
      await page.evaluate(() => {
        const watched = window as unknown as { waits: string[] };
        watched.waits = [];
        const video = document.querySelector("video")!;
        video.addEventListener("waiting", () => {
          const { buffered, currentTime } = video;
          const end = buffered.length > 0 ? buffered.end(buffered.length - 1) : null;
          watched.waits.push(`${new Date().toISOString()} at ${currentTime}, with media to ${end}`);
        });
      });
    });
    afterAll(async () => {
      await publisher?.stop();
      await page?.context().close();
    });

    /** When the picture stood still for want of media, and what it had; null when the page was loaded anew. */
    const waits = () => page.evaluate(() => (window as unknown as { waits?: string[] }).waits ?? null);
    const size = () => page.evaluate(() => document.querySelector("video")!.videoWidth);
    const status = async () => (await rostrum.admin.stream(streamId)).status;

    async function expectToPlayOn(seconds = 4): Promise<void> {
      const before = await currentTime(page);
      await waitFor("the page plays on", async () => (await currentTime(page)) > before + seconds, {
        timeoutSeconds: 60,
      });
      await waitFor("the page says live", async () => (await player(page)).state === "live", {
        timeoutSeconds: 60,
      });
      expect(await waits(), "the page is the same").not.toBeNull();
    }

    it("when the encoder is killed and comes back with another size and frame rate", async () => {
      await publisher.kill();
      await waitFor("reconnecting", async () => (await status()) === "reconnecting");
      await waitFor("the page says so", async () => (await player(page)).state === "reconnecting");
      publisher = await send(another);
      await waitFor("live again", async () => (await status()) === "live", { timeoutSeconds: 60 });
      await waitFor("the new picture", async () => (await size()) === 320, { timeoutSeconds: 60 });
      await expectToPlayOn();
    });

    if (latencyMode === "standard")
      it("when another encoder takes over from one that has gone silent", async () => {
        process.kill(publisher.pid, "SIGSTOP");
        const silent = publisher;
        publisher = await untilLetIn(rostrum.output, () => send(usual));
        await waitFor("the new picture", async () => (await size()) > 320, { timeoutSeconds: 60 });
        await expectToPlayOn();
        await silent.kill();
      });

    /**
     * As far behind as who has just come: after an encoder's loss a page plays on as soon as there is anything, and
     * with so little in hand any jitter makes it wait.
     */
    async function settle(): Promise<void> {
      const behind = { standard: 4.5, low: 1.5 }[latencyMode];
      await page.evaluate((seconds) => {
        const video = document.querySelector("video")!;
        video.currentTime = video.buffered.end(video.buffered.length - 1) - seconds;
      }, behind);
      await expectToPlayOn();
    }

    it("when all playback is revoked, on a new token", async () => {
      await settle();
      const [before, requested, refusals] = [await waits(), [] as string[], [] as number[]];
      page.on("request", (request) => requested.push(request.url()));
      page.on("response", (response) => {
        const status = response.status();
        if (response.url().includes("/hls/") && status >= 400 && status < 500) refusals.push(status);
      });
      const tokens = () => new Set(requested.flatMap((url) => /~([^/]+)\/.*m3u8/.exec(url)?.[1] ?? []));
      const newestSegment = async () => {
        const { url } = await rostrum.admin.playback(streamId);
        return (await fetchMedia(url.replace("master", "v0"))).segments.at(-1)!.url;
      };
      const placeOf = (url: string) => url.split("/")[4];
      const leaked = await newestSegment();
      expect((await fetch(leaked)).status).toBe(200);
      await rostrum.admin.call("POST", `/api/streams/${streamId}/revoke-playback`);
      await waitFor("another token", () => tokens().size > 1, { timeoutSeconds: 60 });
      await waitFor(
        "another place of the segments",
        async () => placeOf(await newestSegment()) !== placeOf(leaked),
        { timeoutSeconds: 60 },
      );
      await waitFor("the former place is gone", async () => (await fetch(leaked)).status === 404, {
        timeoutSeconds: 60,
      });
      await expectToPlayOn();
      expect((await waits())!.slice(before!.length)).toEqual([]);
      // Refused once and asked again with the new token; what it knew of the segments was good for their new place.
      expect(refusals).toEqual([401]);
      expect(requested.filter((url) => /master\.m3u8|init-\d+\.mp4/.test(url))).toEqual([]);
    });

    if (latencyMode === "standard")
      it("while the API hangs for half a minute, in which the encoder drops and returns", async () => {
        const api = await rostrum.pidOf("api");
        process.kill(api, "SIGSTOP");
        const since = Date.now();
        try {
          await publisher.kill();
          // By what it was allowed before.
          publisher = await untilLetIn(rostrum.output, () => send(usual));
          const before = await currentTime(page);
          await waitFor("half a minute has passed", () => Date.now() - since > 30_000, {
            timeoutSeconds: 40,
          });
          await waitFor("it plays on all the same", async () => (await currentTime(page)) > before + 5);
        } finally {
          process.kill(api, "SIGCONT");
        }
        await expectToPlayOn();
        expect(publisher.running).toBe(true);
      });

    it("until the stream is ended, which does not wait for the window", async () => {
      await rostrum.admin.call("POST", `/api/streams/${streamId}/end`);
      await publisher.ended;
      await waitFor("the page says so", async () => (await player(page)).state === "ended");
    });
  },
);
