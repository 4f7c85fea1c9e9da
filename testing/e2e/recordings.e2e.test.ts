import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Recording } from "../../edge/protocol/recordings.ts";
import { probeMovie } from "../../media-sidecar/recordings/movie/movie.test-support.ts";
import { launchBrowser } from "../support/browser.ts";
import { findFlashesAndBeeps, flashAndBeep, flashFramesPerSecond } from "../support/flash-and-beep.ts";
import { fetchMaster, fetchMedia } from "../support/hls.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { adminEmail, adminPassword, type Rostrum, startRostrum } from "../support/rostrum.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Played, playToTheEnd } from "../support/whole-playback.ts";

const run = promisify(execFile);
/** How often a file of so many seconds is sent, in each connection; the sidecar is killed in the long one. */
const sentTimes = [1, 1, 3, 1];
const sentSeconds = 5;
const sent = sentSeconds * sentTimes.reduce((sum, times) => sum + times, 0);
const frameSeconds = 1 / flashFramesPerSecond;
const aacFrameSeconds = 1024 / 48_000;

/** What an encoder sends in four connections, the sidecar being killed in one of them, is one recording. */
describe("a recording made across three reconnects and a kill of the sidecar", () => {
  let rostrum: Rostrum;
  let browser: Browser;
  let directory: string;
  let path: string;
  let recording: Recording;
  let publisher: Publisher | null = null;
  /** From the kill until its successor recorded. */
  let awaySeconds = 0;
  let kept: Awaited<ReturnType<typeof probeMovie>>;
  let hlsUrl: string;
  let listedSeconds = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "rostrum-recordings-"));
    rostrum = await startRostrum();
    browser = await launchBrowser();
    const { stream, streamKey, session } = await rostrum.admin.createStage({
      record: true,
      reconnectWindowSeconds: 60,
    });
    const list = async () => {
      const list = await rostrum.admin.call<{ items: Recording[] }>(
        "GET",
        `/api/streams/${stream.id}/recordings`,
      );
      expect(list.items.length).toBeLessThanOrEqual(1);
      return list.items[0];
    };
    const file = await flashAndBeep(sentSeconds);
    const seconds = async () => (await list())?.durationSeconds ?? 0;
    for (const times of sentTimes) {
      // While the former connection is not missed yet, another one is refused before it has sent anything.
      await waitFor(
        "the encoder has sent all",
        async () => {
          publisher = publish(file, `${rostrum.ingestUrl}/${streamKey}`, times);
          if (times > 1) awaySeconds = await killWhile(publisher, seconds);
          const { code, stderr } = await publisher.ended;
          return code === 0 ? true : Promise.reject(new Error(stderr));
        },
        { timeoutSeconds: 60 },
      );
    }
    await rostrum.admin.call("POST", `/api/questions/session/${session.id}`, { text: "Was that a beep?" });
    await rostrum.admin.call("POST", `/api/streams/${stream.id}/end`);
    recording = await waitFor(
      "its files are made",
      async () => {
        const recording = await list();
        if (recording?.status === "ready") return recording;
        throw new Error(JSON.stringify(recording));
      },
      { timeoutSeconds: 90 },
    );
    path = join(directory, "recording.mp4");
    await writeFile(path, Buffer.from(await (await fetch(recording.downloadUrl!)).arrayBuffer()));
    kept = await probeMovie(path);
    hlsUrl = (await fetchMaster(recording.playbackUrl!)).variants[0]!.url;
    const { segments, ended } = await fetchMedia(hlsUrl);
    expect(ended).toBe(true);
    listedSeconds = segments.reduce((sum, { duration }) => sum + duration, 0);
  });
  afterAll(async () => {
    await publisher?.kill();
    await browser?.close();
    await rostrum?.remove();
    await rm(directory, { recursive: true, force: true });
  });

  /** Kills the sidecar once something of this connection is recorded; answers the seconds until more was, if so. */
  async function killWhile(encoder: Publisher, recorded: () => Promise<number>): Promise<number> {
    const before = await recorded();
    await waitFor(
      "it is recorded, or was refused",
      async () => !encoder.running || (await recorded()) > before,
    );
    if (!encoder.running) return awaySeconds;
    const from = performance.now();
    await rostrum.killAndAwaitReturn("sidecar");
    const atKill = await recorded();
    // On a busy machine the successor may come when all is sent; what the others send is recorded then.
    await waitFor(
      "it is recorded again, or all is sent",
      async () => !encoder.running || (await recorded()) > atKill,
      { timeoutSeconds: 60 },
    );
    return (performance.now() - from) / 1000;
  }

  const framesKept = () =>
    Number(kept.tracks.find(({ codec_type }) => codec_type === "video")!.nb_read_packets);

  it("is one file with all that was sent while there was a sidecar, and as long as that", () => {
    expect(recording.files.length, JSON.stringify(recording.files)).toBe(1);
    const seconds = framesKept() * frameSeconds;
    expect(seconds).toBeLessThanOrEqual(sent);
    // Nobody can begin but at a keyframe, of which there is one a second.
    expect(seconds, `away for ${awaySeconds} s`).toBeGreaterThan(sent - awaySeconds - 1);
    for (const said of [
      kept.seconds,
      recording.durationSeconds,
      recording.files[0]!.durationSeconds,
      listedSeconds,
    ])
      expect(Math.abs(said - seconds) / seconds, `${said} of ${seconds} s`).toBeLessThan(0.01);
    const [first, second] = kept.tracks.map(({ duration }) => Number(duration));
    expect(Math.abs(first! - second!), JSON.stringify(kept.tracks)).toBeLessThan(2 * frameSeconds);
  });

  it("is decoded by FFmpeg without a word, as a file and as HLS", async () => {
    expect(kept.errors).toBe("");
    const asTheyAre = ["-fps_mode", "passthrough", "-enc_time_base", "-1"];
    const hls = await run("ffmpeg", [
      "-v",
      "error",
      "-xerror",
      "-i",
      hlsUrl,
      ...asTheyAre,
      "-f",
      "null",
      "-",
    ]);
    expect(hls.stderr).toBe("");
  });

  it("has sound and picture together from its beginning to its end", async () => {
    const { flashes, beeps, errors } = await findFlashesAndBeeps(path);
    expect(errors).toEqual([]);
    const source = await findFlashesAndBeeps(await flashAndBeep(sentSeconds));
    const asSent = source.beeps[0]! - source.flashes[0]!;
    const together = flashes.flatMap((flash) => {
      const beep = beeps.find((each) => Math.abs(each - flash) < 0.4);
      return beep === undefined ? [] : [{ flash, late: beep - flash - asSent }];
    });
    // One may have been cut through by the kill.
    expect(together.length).toBeGreaterThanOrEqual(Math.max(flashes.length, beeps.length) - 1);
    expect(together.length).toBeGreaterThanOrEqual((sentTimes.length - 1) * sentSeconds);
    const apart = together.filter(({ late }) => Math.abs(late) > frameSeconds + aacFrameSeconds);
    expect(apart, JSON.stringify(together)).toEqual([]);
    process.stdout.write(
      `recordings: sound against picture within ${Math.max(...together.map(({ late }) => Math.abs(late * 1000))).toFixed(1)} ms over ${together.length} flashes, away for ${awaySeconds.toFixed(1)} s\n`,
    );
  });

  it("plays to its end in a browser, as a file and as HLS", async () => {
    const [file, hls] = await playToTheEnd(browser, rostrum.url, [
      recording.files[0]!.url,
      recording.playbackUrl!,
    ]);
    for (const [played, seconds] of [
      [file, kept.seconds],
      [hls, listedSeconds],
    ] as [Played, number][]) {
      expect(played, JSON.stringify(played)).toMatchObject({ ended: true, errors: [] });
      expect(Math.abs(played.duration - seconds) / seconds, JSON.stringify(played)).toBeLessThan(0.01);
      expect(played.duration - played.currentTime).toBeLessThan(0.1);
    }
  });

  it("is downloaded in ranges, and has a poster and pictures along its seek bar", async () => {
    const whole = await fetch(recording.downloadUrl!);
    expect([whole.status, whole.headers.get("content-disposition")]).toEqual([200, "attachment"]);
    const bytes = Buffer.from(await whole.arrayBuffer());
    const part = await fetch(recording.files[0]!.url, { headers: { range: "bytes=100-199" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 100-199/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200));
    const vtt = await fetch(recording.thumbnailsUrl!);
    expect(vtt.headers.get("content-type")).toBe("text/vtt");
    const [named] = /thumbnails-1\.jpg/.exec(await vtt.text())!;
    for (const url of [recording.posterUrl!, new URL(named, recording.thumbnailsUrl!).href]) {
      const picture = await fetch(url);
      expect([url, picture.status, picture.headers.get("content-type")]).toEqual([url, 200, "image/jpeg"]);
      await picture.arrayBuffer();
    }
  });

  it("says that what was asked is for who is signed in, and shows it as soon as they are", async () => {
    const page = await browser.newPage();
    await page.goto(`${rostrum.url}/replay/${recording.id}`);
    await page.getByTestId("tab-moments").click();
    await page.getByText("Sign in to see what was asked").waitFor();
    await page.locator("#account").getByText("Sign in").click();
    await page.getByTestId("account-email").fill(adminEmail);
    await page.getByTestId("account-password").fill(adminPassword);
    await page.getByTestId("account-submit").click();
    await page.getByTestId("moment").filter({ hasText: "Was that a beep?" }).waitFor();
    await page.close();
  });
});
