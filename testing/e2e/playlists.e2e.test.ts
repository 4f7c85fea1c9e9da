import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { laddersOf } from "../bench/processor-time.ts";
import { readMediaTimes, readTracks } from "../hls/media-times.ts";
import { launchBrowser } from "../support/browser.ts";
import { fetchMaster, fetchMedia, type MediaPlaylist } from "../support/hls.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime, openWatchPage, player } from "../support/watch-page.ts";

const run = promisify(execFile);
/** The unit of RTMP's times. */
const timestampMs = 1;

describe("the playlists of a live stream", () => {
  let rostrum: Rostrum;
  let publisher: Publisher;
  let browser: Browser;
  let streamId: string;
  let master: Awaited<ReturnType<typeof fetchMaster>>;
  const rungs = (): Promise<MediaPlaylist[]> =>
    Promise.all(master.variants.map(({ url }) => fetchMedia(url)));

  beforeAll(async () => {
    rostrum = await startRostrum();
    browser = await launchBrowser();
    const { stream, streamKey } = await rostrum.admin.createStage();
    streamId = stream.id;
    // Full height for all four rungs, few frames with little in them for two cores.
    const file = await testMedia({
      width: 1920,
      height: 1080,
      framesPerSecond: 15,
      duration: 20,
      keyframeInterval: 2,
      videoKbps: 2000,
      still: true,
    });
    publisher = publish(file, `${rostrum.ingestUrl}/${streamKey}`);
    const { url } = await rostrum.anonymous.playback(stream.id);
    master = await waitFor(
      "a master playlist of four",
      async () => {
        const seen = await fetchMaster(url);
        if (seen.variants.length === 4) return seen;
        throw new Error(seen.text);
      },
      { timeoutSeconds: 120 },
    );
    await waitFor(
      "four segments",
      async () => (await rungs()).every(({ segments }) => segments.length >= 4),
      {
        timeoutSeconds: 60,
      },
    );
  });
  afterAll(async () => {
    await publisher?.stop();
    await browser?.close();
    await rostrum?.remove();
  });

  it("names every rung with an honest size, rate and codec", async () => {
    expect(master.variants.map(({ attributes }) => attributes.RESOLUTION)).toEqual([
      "1920x1080",
      "1280x720",
      "854x480",
      "640x360",
    ]);
    for (const { attributes } of master.variants) {
      expect(attributes.CODECS).toMatch(/^avc1\.[0-9a-fA-F]{6},mp4a\.40\.2$/);
      expect(Number(attributes.BANDWIDTH)).toBeGreaterThanOrEqual(Number(attributes["AVERAGE-BANDWIDTH"]));
      expect(Number(attributes["FRAME-RATE"])).toBeCloseTo(15, 0);
    }
  });

  it("is aligned: the same sequence numbers, and every segment begins with the same keyframe as its siblings", async () => {
    const playlists = await rungs();
    const first = Math.max(...playlists.map(({ mediaSequence }) => mediaSequence));
    for (const sequence of [first, first + 1, first + 2]) {
      const times = await Promise.all(
        playlists.map(async ({ segments, mediaSequence }) => {
          const { map, url } = segments[sequence - mediaSequence]!;
          return readMediaTimes(readTracks(await fetchBytes(map!)), await fetchBytes(url));
        }),
      );
      const said = `segment ${sequence}: ${JSON.stringify(times)}`;
      expect(
        times.every(({ independent }) => independent),
        said,
      ).toBe(true);
      const starts = times.map(({ startMs }) => startMs);
      expect(Math.max(...starts) - Math.min(...starts), said).toBeLessThanOrEqual(timestampMs);
    }
  });

  it("keeps the promises of RFC 8216 on durations, dates and caching", async () => {
    for (const playlist of await rungs()) {
      for (const { duration } of playlist.segments) {
        expect(Math.round(duration)).toBeLessThanOrEqual(playlist.targetDuration);
      }
      expect(playlist.text).toMatch(/^#EXTM3U\n#EXT-X-VERSION:[67]\n/);
      expect(playlist.segments[0]!.programDateTime).not.toBeNull();
      const segment = await fetch(playlist.segments[0]!.url, {
        headers: { origin: "https://elsewhere.example" },
      });
      expect(segment.headers.get("cache-control")).toContain("immutable");
      expect(segment.headers.get("access-control-allow-origin")).toBe("*");
      await segment.body?.cancel();
      const ranged = await fetch(playlist.segments[0]!.url, { headers: { range: "bytes=0-99" } });
      expect([ranged.status, (await ranged.arrayBuffer()).byteLength]).toEqual([206, 100]);
    }
  });

  it("is read by ffprobe, every rung", async () => {
    for (const { url, attributes } of master.variants) {
      const [width, height] = attributes.RESOLUTION!.split("x").map(Number);
      // Where encoders cannot keep up, a segment may be the next lower size's.
      await waitFor(
        `a segment of ${attributes.RESOLUTION} is read`,
        async () => {
          const own = `/${/v\d+(?=\.m3u8)/.exec(url)![0]}/`;
          const index = (await fetchMedia(url)).segments.findLastIndex(({ map }) => map?.includes(own));
          const { stdout } = await run("ffprobe", [
            ...["-v", "error", "-show_entries", "stream=codec_name,width,height,sample_rate,channels"],
            ...["-live_start_index", String(Math.max(0, index)), "-of", "json", url],
          ]);
          const { streams } = JSON.parse(stdout) as { streams: Record<string, unknown>[] };
          expect(streams).toContainEqual(expect.objectContaining({ codec_name: "h264", width, height }));
          expect(streams).toContainEqual(
            expect.objectContaining({ codec_name: "aac", sample_rate: "48000", channels: 2 }),
          );
          return true;
        },
        { timeoutSeconds: 240 },
      );
    }
  }, 300_000);

  it("goes on after FFmpeg is killed: a discontinuity, and the player does not stop", async () => {
    const page = await openWatchPage(browser, rostrum.url, streamId);
    await waitFor("the picture moves", async () => (await currentTime(page)) > 1, { timeoutSeconds: 60 });
    const [encoder] = laddersOf(await rostrum.pidOf("sidecar"));
    process.kill(encoder!, "SIGKILL");
    await waitFor(
      "a discontinuity in every rung",
      async () =>
        (await rungs()).every(({ segments }) => segments.some(({ discontinuity }) => discontinuity)),
      { timeoutSeconds: 60 },
    );
    const crossed = await waitFor(
      "three segments behind it",
      async () => {
        const [playlist] = await rungs();
        const at = playlist!.segments.findIndex(({ discontinuity }) => discontinuity);
        return at >= 0 && playlist!.segments.length >= at + 4 && playlist;
      },
      { timeoutSeconds: 60 },
    );
    expect(new Set(crossed.segments.map(({ map }) => map)).size).toBeGreaterThan(1);
    const before = await currentTime(page);
    await waitFor("it played across", async () => (await currentTime(page)) > before + 8, {
      timeoutSeconds: 60,
    });
    expect((await player(page)).state).toBe("live");
  });
});

async function fetchBytes(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}
