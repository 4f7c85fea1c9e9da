import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, BrowserContext, Page } from "playwright-core";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { addressOf } from "../bench/rooms-systems.ts";
import { repositoryRoot } from "../house/source-files.ts";
import { launchBrowser } from "../support/browser.ts";
import { untilLetIn } from "../support/let-in.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime, openWatchPage, signUp } from "../support/watch-page.ts";

const patience = { timeoutSeconds: 60 };
/** Between two looks at a player its place is not known: at its beginning, its end and each stop this much may be missing. */
const lookSeconds = 0.3;

interface Play {
  playId: string;
  viewerId: string;
  sessionId: string | null;
  playedSeconds: number;
  playing: boolean;
  ended: boolean;
  renditions: Record<string, number>;
  joinMs: number | null;
}

interface Viewing {
  page: Page;
  playId: string;
  /** What the page says by its socket of how watching goes. */
  reports: string[];
}

describe("what players say of themselves", () => {
  let rostrum: Rostrum;
  let browser: Browser;
  let publisher: Publisher;
  let sql: postgres.Sql;
  let streamId: string;
  let sessionId: string;
  let train: BrowserContext;
  /** Two tabs of one browser, and another viewer's. */
  let first: Viewing;
  let second: Viewing;
  let traveller: Viewing;
  let offlineSince: number;

  const startCopy = async () => {
    rostrum = await startRostrum({ environment: { BEAT_SECONDS: "1" } });
  };
  const startBrowser = async () => {
    browser = await launchBrowser();
  };
  beforeAll(async () => {
    const media = { ...small, width: 320, height: 180, keyframeInterval: 1 };
    const [file] = await Promise.all([testMedia(media), startCopy(), startBrowser()]);
    sql = postgres(addressOf(rostrum).databaseUrl, { max: 1, transform: postgres.camel });
    const stage = await rostrum.admin.createStage({ rewindSeconds: 120 });
    streamId = stage.stream.id;
    sessionId = stage.session.id;
    publisher = await untilLetIn(rostrum.output, () =>
      publish(file, `${rostrum.ingestUrl}/${stage.streamKey}`),
    );
    await waitFor("live", async () => (await rostrum.admin.stream(streamId)).status === "live", patience);
    const home = await browser.newContext();
    train = await browser.newContext();
    for (const context of [home, train]) await context.addInitScript(watchVideo);
    // The first page gets the browser's cookie.
    first = await open(home);
    [second, traveller] = await Promise.all([open(home), open(train)]);
    await watch(traveller.page, 1);
    // The tests in between take most of the time for which it is away.
    await train.setOffline(true);
    offlineSince = performance.now();
  });
  afterAll(async () => {
    await publisher?.stop();
    await browser?.close();
    await sql?.end({ timeout: 5 });
    await rostrum?.remove();
  });

  /** As the database has it: of each play what it said last, the oldest first. */
  function plays(): Promise<Play[]> {
    return sql<Play[]>`
      select plays.play_id, plays.viewer_id, plays.session_id, plays.join_ms, said.played_seconds, said.playing,
        said.ended, said.renditions
      from plays cross join lateral (
        select * from play_minutes
        where (stream_id, viewer_id, play_id) = (plays.stream_id, plays.viewer_id, plays.play_id)
        order by minute desc limit 1) said
      where plays.stream_id = ${streamId} order by plays.first_at`;
  }
  const openPlays = async () => (await plays()).filter(({ ended }) => !ended);
  const playOf = async (playId: string) => (await plays()).find((play) => play.playId === playId)!;

  /** Opens a page that plays, with a watch of the test's own on its video. */
  async function open(context: BrowserContext): Promise<Viewing> {
    const reports: string[] = [];
    context.once("page", (opened) => {
      opened.on("websocket", (socket) =>
        socket.on("framesent", ({ payload }) => {
          if (String(payload).includes("watch:state")) reports.push(String(payload));
        }),
      );
    });
    const page = await openWatchPage(context, rostrum.url, streamId);
    const { playId } = await nextBeat(page);
    await waitFor("its play is known", () => playOf(playId));
    return { page, playId, reports };
  }
  /** What the page says next of its play. */
  async function nextBeat(page: Page): Promise<Pick<Play, "playId" | "playing" | "playedSeconds">> {
    const beat = await page.waitForRequest((request) => request.url().endsWith("/api/playback/beat"));
    return beat.postDataJSON() as Play;
  }
  const shown = async (page: Page) =>
    (await page.evaluate(() => (window as unknown as Watched).watched)).shown;
  async function watch(page: Page, seconds: number): Promise<void> {
    const before = await shown(page);
    await waitFor(
      `${seconds} s more were shown`,
      async () => (await shown(page)) > before + seconds,
      patience,
    );
  }

  /** Leaves the page while it plays; then what it said last is what was shown. */
  async function leave({ page, playId }: Viewing): Promise<Play> {
    await page.goto(`${rostrum.url}/favicon.svg`);
    const truth = await page.evaluate(
      () => JSON.parse(sessionStorage.getItem("watched")!) as Watched["watched"],
    );
    const last = await waitFor("its last beat", async () => {
      const play = await playOf(playId);
      return play.ended && play;
    });
    const said = `said ${last.playedSeconds}, shown ${JSON.stringify(truth)}`;
    expect(Math.abs(last.playedSeconds - truth.shown), said).toBeLessThan(lookSeconds * (truth.stops + 2));
    return last;
  }

  it("count what plays, and no pause, but what is watched again", async () => {
    await first.page.keyboard.press("k");
    // Said after the key: the beat before may be of a picture that stood still for want of media.
    const said = await nextBeat(first.page);
    expect(said.playing).toBe(false);
    await waitFor("it is kept that it is paused", async () => {
      const { playing, playedSeconds } = await playOf(first.playId);
      return !playing && playedSeconds === said.playedSeconds;
    });
    await watch(second.page, 1);
    expect((await playOf(first.playId)).playedSeconds).toBe(said.playedSeconds);
    await first.page.keyboard.press("k");
    await watch(first.page, 1);
    const place = await currentTime(first.page);
    await first.page.keyboard.press("ArrowLeft");
    expect(await currentTime(first.page)).toBeLessThan(place - 2);
    await watch(first.page, 2);
  });

  it("count what plays in a tab that nobody sees", async () => {
    // Chromium without a head shows every page: it is only told so.
    await first.page.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    const { playedSeconds } = await playOf(first.playId);
    await waitFor("it counts on", async () => (await playOf(first.playId)).playedSeconds > playedSeconds + 2);
  });

  it("count two tabs of one browser as two plays of one viewer", async () => {
    const [one, other] = [await playOf(first.playId), await playOf(second.playId)];
    expect(one.viewerId).toMatch(/^vwr_/);
    expect(other.viewerId).toBe(one.viewerId);
    expect([one.sessionId, other.sessionId]).toEqual([sessionId, sessionId]);
    expect(one.joinMs).toBeGreaterThan(0);
  });

  it("count as well from a player that is not ours, on a site that is not ours", async () => {
    const script = await bundledExample();
    const site = createServer((_, answer) => {
      answer.setHeader("content-type", "text/html");
      answer.end("<!doctype html><title>Elsewhere</title><video muted></video>");
    });
    onTestFinished(() => void site.close());
    await once(site.listen(0, "127.0.0.1"), "listening");
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page.addScriptTag({ path: fileURLToPath(import.meta.resolve("hls.js/dist/hls.light.min.js")) });
    await page.addScriptTag({ content: script });
    const told = page.waitForRequest((request) => request.url().endsWith("/api/playback/beat"));
    told.catch(() => undefined);
    await page.evaluate(`{
      const video = document.querySelector("video");
      foreign.beatsExample(${JSON.stringify(rostrum.url)}, ${JSON.stringify(streamId)}, video, (address) => {
        const hls = new Hls();
        hls.attachMedia(video);
        hls.loadSource(address);
        video.play();
      });
    }`);
    const { playId } = (await told).postDataJSON() as { playId: string };
    await waitFor("it counts", async () => (await playOf(playId))?.playedSeconds > 2);
    await page.goto("about:blank");
    const last = await waitFor("its last beat", async () => {
      const play = await playOf(playId);
      return play.ended && play;
    });
    expect(last.viewerId).toMatch(/^vwr_/);
    expect(Object.keys(last.renditions)).toEqual(["180p"]);
  });

  it("are said by the socket where beats do not get through, and only there", async () => {
    const { page, reports } = second;
    expect(reports).toEqual([]);
    await page.route("**/api/playback/beat", (route) => route.abort());
    await waitFor("the socket says that it plays", () => reports.at(-1)?.includes('"playing":true'));
    await page.unroute("**/api/playback/beat");
    await waitFor("it says no more", () => reports.at(-1)?.includes('"playing":false'));
  });

  it("lose nothing and double nothing where the network is away for ten seconds", async () => {
    await waitFor("ten seconds", () => performance.now() - offlineSince > 10_000);
    const known = await playOf(traveller.playId);
    await train.setOffline(false);
    await watch(traveller.page, 2);
    await waitFor(
      "it says so",
      async () => (await playOf(traveller.playId)).playedSeconds > known.playedSeconds + 2,
    );
    expect(await plays()).toHaveLength(4);
  });

  it("go on with another token where theirs is no longer good", async () => {
    await rostrum.admin.call("POST", `/api/streams/${streamId}/revoke-playback`);
    const known = await openPlays();
    for (const { playId, playedSeconds } of known) {
      await waitFor("it is heard with its new token", async () => {
        return (await playOf(playId)).playedSeconds > playedSeconds + 3;
      });
    }
    expect(await openPlays()).toHaveLength(known.length);
    expect(await plays()).toHaveLength(4);
  });

  it("say after the API was killed what they would have said meanwhile", async () => {
    const known = await openPlays();
    await rostrum.killAndAwaitReturn("api");
    for (const { page } of [first, second, traveller]) await watch(page, 2);
    for (const { playId, playedSeconds } of known) {
      await waitFor(
        "it is heard again",
        async () => (await playOf(playId)).playedSeconds > playedSeconds + 2,
      );
    }
    expect(await plays()).toHaveLength(4);
  });

  it("begin another play for who signs in, in their own name", async () => {
    await signUp(traveller.page, "Grace");
    const next = await waitFor("a play of their own", async () => {
      return (await plays()).find(({ viewerId }) => viewerId.startsWith("usr_"));
    });
    await waitFor("the former one is over", async () => (await playOf(traveller.playId)).ended);
    await waitFor("it plays on", async () => (await playOf(next.playId)).playedSeconds > 2);
    await traveller.page.goto("about:blank");
    await waitFor("so is this one", async () => (await playOf(next.playId)).ended);
  });

  it("say the last word as the page is left, and were right to the look", async () => {
    const last = await leave(first);
    await leave(second);
    const sum = Object.values(last.renditions).reduce((all, seconds) => all + seconds, 0);
    expect(Object.keys(last.renditions)).toEqual(["180p"]);
    expect(sum).toBeCloseTo(last.playedSeconds, 2);
    expect(await plays()).toHaveLength(5);
  });
});

/** What the test sees of a page's video by itself. */
interface Watched {
  watched: {
    /** Seconds of it that were shown. */
    shown: number;
    /** How often it stopped where it was: paused, sent elsewhere, or for want of media. */
    stops: number;
  };
}

/** Runs in the page before anything of its own: looks at the video all the time, up to the page's last moment. */
function watchVideo(): void {
  const watched = { shown: 0, stops: 0 };
  Object.assign(window, { watched });
  for (const kind of ["pause", "seeking", "waiting"])
    document.addEventListener(kind, () => (watched.stops += 1), { capture: true });
  addEventListener("pagehide", () => sessionStorage.setItem("watched", JSON.stringify(watched)));
  let [place, at] = [0, performance.now()];
  setInterval(() => {
    const video = document.querySelector("video");
    if (!video) return;
    const [step, seconds] = [video.currentTime - place, (performance.now() - at) / 1000];
    place += step;
    at += seconds * 1000;
    // Further than in this time is a jump.
    if (step > 0 && step / video.playbackRate < seconds + 0.1) watched.shown += step / video.playbackRate;
  }, 25);
}

/** The README's example, as a script that a page of any site may load: `foreign.beatsExample`. */
async function bundledExample(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(repositoryRoot, "edge/client/beats-example.ts")],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "foreign",
  });
  return outputFiles[0]!.text;
}
