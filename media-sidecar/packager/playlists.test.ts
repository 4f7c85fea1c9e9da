import { describe, expect, it } from "vitest";
import type { Slot } from "../ladder/ladder-plan.ts";
import { renderMasterPlaylist } from "./master-playlist.ts";
import { renderMediaPlaylist } from "./media-playlist.ts";
import { PublishedTimeline, type RunRendition } from "./published-timeline.ts";

const slots: Slot[] = [720, 480, 360].map((shortSide) => ({
  name: `${shortSide}p`,
  shortSide,
  videoKbps: shortSide * 3,
}));
const rendition = (slot: number): RunRendition => ({
  slot,
  codecs: "avc1.64001f,mp4a.40.2",
  width: [1280, 854, 640][slot]!,
  height: slots[slot]!.shortSide,
  frameRate: 29.97,
  declaredBitsPerSecond: [0, 1_600_000, 900_000][slot]!,
});
const plain = (prefix: string) => ({ prefix, partTargetSeconds: null, skip: false, hint: false });
const start = Date.parse("2026-01-01T00:00:00Z");

/** Segments of two seconds; a new run begins where the run's number changes. */
function timeline(runs: readonly number[], windowSeconds = 120, made: Record<number, number[]> = {}) {
  const published = new PublishedTimeline(slots, windowSeconds);
  published.targetDuration = 2;
  const expired: number[] = [];
  runs.forEach((run, index) => {
    const first = run !== runs[index - 1];
    const renditions = (made[run] ?? [0, 1, 2]).map(rendition);
    if (first) published.addRun({ run, renditions });
    const gone = published.append({
      sequence: index,
      run,
      durationSeconds: 2,
      startsAt: start + index * 2000,
      bytes: renditions.map(({ slot }) => [500_000, 250_000, 125_000][slot]!),
      discontinuity: first && index > 0,
    });
    expired.push(...gone.segments.map(({ sequence }) => sequence));
  });
  return { published, expired };
}

describe("the media playlist (RFC 8216 §4.3.2, §4.3.3)", () => {
  it("names segments, their times and the init segment of each run", () => {
    const { published } = timeline([0, 0, 1]);
    expect(renderMediaPlaylist(published, 1, plain("seg_x")).split("\n")).toEqual([
      "#EXTM3U",
      "#EXT-X-VERSION:7",
      "#EXT-X-TARGETDURATION:2",
      "#EXT-X-MEDIA-SEQUENCE:0",
      "#EXT-X-DISCONTINUITY-SEQUENCE:0",
      "#EXT-X-INDEPENDENT-SEGMENTS",
      '#EXT-X-MAP:URI="/hls/seg_x/v1/init-0.mp4"',
      "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z",
      "#EXTINF:2.00000,",
      "/hls/seg_x/v1/0.m4s",
      "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:02.000Z",
      "#EXTINF:2.00000,",
      "/hls/seg_x/v1/1.m4s",
      "#EXT-X-DISCONTINUITY",
      '#EXT-X-MAP:URI="/hls/seg_x/v1/init-1.mp4"',
      "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:04.000Z",
      "#EXTINF:2.00000,",
      "/hls/seg_x/v1/2.m4s",
      "",
    ]);
  });

  it("shows the next lower rendition where a slot was not made, else the next higher", () => {
    const { published } = timeline([0, 1, 2], 120, { 1: [1], 2: [2] });
    const uris = (slot: number) =>
      renderMediaPlaylist(published, slot, plain("p"))
        .split("\n")
        .filter((line) => line.startsWith("/"));
    expect(uris(0)).toEqual(["/hls/p/v0/0.m4s", "/hls/p/v1/1.m4s", "/hls/p/v2/2.m4s"]);
    expect(uris(2)).toEqual(["/hls/p/v2/0.m4s", "/hls/p/v1/1.m4s", "/hls/p/v2/2.m4s"]);
  });

  it("lets segments leave the window and counts the discontinuities that left with them", () => {
    const { published, expired } = timeline([0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 8);
    const text = renderMediaPlaylist(published, 0, plain("p"));
    expect(text).toContain("#EXT-X-MEDIA-SEQUENCE:8\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n");
    expect(text).not.toContain("#EXT-X-DISCONTINUITY\n");
    // §6.2.2: a file stays for as long as the longest playlist that named it, and its own length.
    expect(expired).toEqual([0, 1]);
  });

  it("says the init segment again when the run's first segment has left", () => {
    const { published } = timeline(
      Array.from({ length: 10 }, () => 0),
      8,
    );
    expect(renderMediaPlaylist(published, 0, plain("p"))).toMatch(
      /INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI="\/hls\/p\/v0\/init-0.mp4"\n/,
    );
  });

  it("keeps at least three target durations, whatever the window", () => {
    const { published } = timeline([0, 0, 0, 0, 0, 0], 1);
    expect(published.segments).toHaveLength(3);
  });

  it("ends with ENDLIST once the broadcast has ended", () => {
    const { published } = timeline([0]);
    published.ended = true;
    expect(renderMediaPlaylist(published, 0, plain("p"))).toMatch(/#EXT-X-ENDLIST\n$/);
  });
});

describe("the master playlist (RFC 8216 §4.3.4)", () => {
  it("declares peak and average rates, size, frame rate and codecs of each slot", () => {
    const { published } = timeline([0, 0]);
    expect(renderMasterPlaylist(published).split("\n")).toEqual([
      "#EXTM3U",
      "#EXT-X-VERSION:7",
      "#EXT-X-INDEPENDENT-SEGMENTS",
      '#EXT-X-STREAM-INF:BANDWIDTH=2000000,AVERAGE-BANDWIDTH=2000000,RESOLUTION=1280x720,FRAME-RATE=29.970,CODECS="avc1.64001f,mp4a.40.2"',
      "v0.m3u8",
      '#EXT-X-STREAM-INF:BANDWIDTH=1600000,AVERAGE-BANDWIDTH=1000000,RESOLUTION=854x480,FRAME-RATE=29.970,CODECS="avc1.64001f,mp4a.40.2"',
      "v1.m3u8",
      '#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=500000,RESOLUTION=640x360,FRAME-RATE=29.970,CODECS="avc1.64001f,mp4a.40.2"',
      "v2.m3u8",
      "",
    ]);
  });

  it("names the slots that sound alone has no use for yet, for players that stay until there is a picture", () => {
    const slots = [
      { name: "1080p", shortSide: 1080, videoKbps: 5000 },
      { name: "360p", shortSide: 360, videoKbps: 800 },
    ];
    const published = new PublishedTimeline(slots, 120);
    expect(published.described(0)).toBeNull();
    published.targetDuration = 2;
    const black = {
      slot: 1,
      codecs: "avc1.64001e,mp4a.40.2",
      width: 640,
      height: 360,
      frameRate: 15,
      declaredBitsPerSecond: 142_800,
    };
    published.addRun({ run: 0, renditions: [black] });
    const segment = { sequence: 0, run: 0, durationSeconds: 2, startsAt: 0, discontinuity: false };
    published.append({ ...segment, bytes: [32_000] });
    expect(renderMasterPlaylist(published).split("\n").slice(3, 7)).toEqual([
      '#EXT-X-STREAM-INF:BANDWIDTH=5384400,AVERAGE-BANDWIDTH=128000,RESOLUTION=1920x1080,FRAME-RATE=15.000,CODECS="avc1.64001e,mp4a.40.2"',
      "v0.m3u8",
      '#EXT-X-STREAM-INF:BANDWIDTH=142800,AVERAGE-BANDWIDTH=128000,RESOLUTION=640x360,FRAME-RATE=15.000,CODECS="avc1.64001e,mp4a.40.2"',
      "v1.m3u8",
    ]);
  });

  it("keeps describing a slot as itself while a lower one stands in", () => {
    const { published } = timeline([0, 1], 120, { 1: [2] });
    expect(renderMasterPlaylist(published)).toContain("RESOLUTION=1280x720");
  });
});
