import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeFaults } from "../../testing/hls/fault.ts";
import { readMediaPlaylist } from "../../testing/hls/media-playlist-reader.ts";
import { mediaPlaylistFaults } from "../../testing/hls/media-playlist-rules.ts";
import { playlistChangeFaults } from "../../testing/hls/playlist-change-rules.ts";
import { MediaBench, smallLadder, until } from "./broadcast.test-support.ts";
import type { Broadcast } from "./broadcast.ts";
import { readPlaylist } from "./listed-segments.test-support.ts";

let bench: MediaBench;

beforeAll(async () => {
  bench = await MediaBench.open();
}, 60_000);
afterAll(async () => {
  await bench.close();
}, 30_000);

const picture = (rate: number) => ["-f", "lavfi", "-i", `testsrc2=s=160x90:r=${rate}:d=30`];
const tone = ["-f", "lavfi", "-i", "sine=440:r=48000:d=30"];
const avc = (rate: number, bFrames: number) => [
  ..."-c:v libx264 -preset ultrafast -pix_fmt yuv420p -sc_threshold 0 -bf".split(" "),
  ...[String(bFrames), "-g", String(rate)],
];
const aac = ["-c:a", "aac", "-ac", "2", "-b:a", "48k"];

/** Asks for the next part until so many segments are whole; every playlist on the way must keep the rules. */
async function follow(broadcast: Broadcast, segments: number): Promise<string[]> {
  await until("the first playlist", () => broadcast.mediaPlaylist("v0"));
  const texts: string[] = [];
  let wait: { sequence: number; part: number } | null = null;
  for (;;) {
    const answer = await broadcast.desk.playlist("v0", { wait, skip: false });
    // As players do. Three seconds are little on a machine that is busy with other things.
    if (answer.kind === "late") continue;
    if (answer.kind !== "playlist") throw new Error(`${answer.kind} for ${JSON.stringify(wait)}`);
    const text = answer.body.toString();
    expect(describeFaults(mediaPlaylistFaults(text)), text).toBe("");
    const before = texts.at(-1);
    if (before !== undefined) {
      const [was, is] = [before, text].map((each) => readMediaPlaylist(each).playlist);
      expect(describeFaults(playlistChangeFaults(was!, is!)), text).toBe("");
    }
    texts.push(text);
    if (readPlaylist(text).segments.length >= segments) return texts;
    const [, sequence, part] = /HINT:.*\/(\d+)-(\d+)\.m4s/.exec(text) ?? [];
    wait = { sequence: Number(sequence), part: Number(part) };
  }
}

describe.concurrent("parts", () => {
  it.each([
    ["at 25 frames a second with B-frames", 25, [...picture(25), ...tone, ...avc(25, 2), ...aac]],
    ["at 60 frames a second", 60, [...picture(60), ...tone, ...avc(60, 0), ...aac]],
    ["without sound", 30, [...picture(30), ...avc(30, 0)]],
    ["of sound alone", 0, [...tone, ...aac]],
  ])(
    "%s keep the rules, one at a time",
    async (_, rate, input) => {
      const name = `low${rate}`;
      const path = await bench.makeFlv(name, ...input);
      const settings = bench.settings(name, { latencyMode: "low", ladder: smallLadder.slice(2) });
      const broadcast = await bench.broadcast(settings);
      const publisher = bench.publish(name, path);
      const texts = await follow(broadcast, 7);
      publisher.kill("SIGKILL");
      // Seven segments, each told of three or four times.
      expect(texts.length).toBeGreaterThan(12);
      expect(texts.at(-1)).toContain("INDEPENDENT=YES");
    },
    180_000,
  );

  it("that are waited for come, or are said not to come, and nobody is left waiting", async () => {
    const path = await bench.makeFlv("waited", ...picture(30), ...tone, ...avc(30, 0), ...aac);
    const settings = bench.settings("waited", { latencyMode: "low", ladder: smallLadder.slice(2) });
    const broadcast = await bench.broadcast(settings);
    const publisher = bench.publish("waited", path);
    const [text = ""] = (await follow(broadcast, 3)).slice(-1);
    const hinted = /HINT:.*\/(\d+-\d+\.m4s)/.exec(text)![1]!;
    expect(await broadcast.desk.part("v0", hinted)).toBe("available");
    expect(await broadcast.desk.part("v0", "99-0.m4s")).toBe("absent");
    expect(await broadcast.desk.part("v9", hinted)).toBe("absent");

    publisher.kill("SIGKILL");
    broadcast.publisherGone();
    await until("nothing is promised", () => !broadcast.mediaPlaylist("v0")!.includes("HINT"));
    const next = () => ({
      sequence: readPlaylist(broadcast.mediaPlaylist("v0")).segments.at(-1)!.sequence + 1,
      part: 0,
    });
    await until("an answer in vain", async () => {
      return (await broadcast.desk.playlist("v0", { wait: next(), skip: false })).kind === "late";
    });
    const hungUp = new AbortController();
    const waits = [
      broadcast.desk.playlist("v0", { wait: next(), skip: false }),
      broadcast.desk.playlist("v0", { wait: next(), skip: false }, hungUp.signal),
    ];
    expect(broadcast.desk.waiting).toBe(2);
    hungUp.abort();
    expect(broadcast.desk.waiting).toBe(1);
    await broadcast.end();
    expect((await waits[0])!.kind).toBe("playlist");
    expect(broadcast.desk.waiting).toBe(0);
    expect(broadcast.mediaPlaylist("v0")).toMatch(/#EXT-X-ENDLIST\n$/);
  }, 180_000);
});
