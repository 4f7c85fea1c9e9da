/** Plays something recorded in a browser from its beginning to its end. */
import { createRequire } from "node:module";
import type { Browser } from "playwright-core";

export interface Played {
  readonly ended: boolean;
  /** Seconds, as all here. */
  readonly currentTime: number;
  readonly duration: number;
  readonly frames: number;
  /** Of the timeline, from and to. */
  readonly buffered: readonly (readonly [number, number])[];
  readonly errors: readonly string[];
  /** What the player got over by itself. */
  readonly complaints: readonly string[];
}

/** As fast as browsers still decode each frame of. */
const playbackRate = 4;
const timeoutMs = 60_000;
const hlsPath = createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js");

interface HlsPlayer {
  on(event: string, hear: (event: string, data: { fatal: boolean; details: string }) => void): void;
  loadSource(url: string): void;
  attachMedia(video: HTMLVideoElement): void;
}

/** All at the same time, on a page of `origin`; playlists through hls.js, files as they are. */
export async function playToTheEnd(
  browser: Browser,
  origin: string,
  urls: readonly string[],
): Promise<Played[]> {
  const context = await browser.newContext({ bypassCSP: true });
  try {
    const page = await context.newPage();
    await page.goto(origin);
    await page.addScriptTag({ path: hlsPath });
    // tsx keeps functions' names by a call that only its own modules know.
    await page.evaluate("globalThis.__name ??= (named) => named");
    const settings = { playbackRate, timeoutMs };
    return await Promise.all(urls.map((url) => page.evaluate(playOne, { url, ...settings })));
  } finally {
    await context.close();
  }
}

/** Runs in the page. */
function playOne({
  url,
  playbackRate,
  timeoutMs,
}: {
  url: string;
  playbackRate: number;
  timeoutMs: number;
}): Promise<Played> {
  const video = document.createElement("video");
  const errors: string[] = [];
  const complaints: string[] = [];
  document.body.append(video);
  video.muted = true;
  return new Promise((resolve) => {
    const settle = () =>
      resolve({
        ended: video.ended,
        currentTime: video.currentTime,
        duration: video.duration,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
        buffered: Array.from({ length: video.buffered.length }, (_, range) => [
          video.buffered.start(range),
          video.buffered.end(range),
        ]),
        errors,
        complaints,
      });
    video.addEventListener("ended", settle);
    video.addEventListener("error", () => errors.push(video.error?.message ?? "error"));
    setTimeout(settle, timeoutMs);
    if (new URL(url).pathname.endsWith(".m3u8")) {
      const { Hls } = window as unknown as { Hls: new () => HlsPlayer };
      const player = new Hls();
      player.on("hlsError", (_, { fatal, details }) => {
        if (fatal) errors.push(details);
        else complaints.push(`${video.currentTime}: ${details}`);
      });
      player.loadSource(url);
      player.attachMedia(video);
    } else video.src = url;
    video.addEventListener("loadedmetadata", () => {
      video.playbackRate = playbackRate;
    });
    void video.play();
  });
}
