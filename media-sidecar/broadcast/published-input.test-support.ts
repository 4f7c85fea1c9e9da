/** Files as encoders send them, through a real nginx-rtmp to their end, and what holds of whatever comes out. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "vitest";
import { childBoxes, findBox } from "../packager/box-framer.ts";
import { parseMovieFragment } from "../packager/movie-fragment.ts";
import { parseMovieHeader } from "../packager/movie-header.ts";
import { type MediaBench, until } from "./broadcast.test-support.ts";
import type { Broadcast } from "./broadcast.ts";
import type { BroadcastReport } from "./broadcast-settings.ts";
import { type ListedSegment, readPlaylist } from "./listed-segments.test-support.ts";

const run = promisify(execFile);

export const twoRungs = [
  { shortSide: 180, videoKbps: 300 },
  { shortSide: 90, videoKbps: 100 },
];
/** How long an input is. */
export const seconds = 9;
export const picture = (size = "320x180", rate = 15, length = seconds) => [
  ...["-f", "lavfi", "-i", `testsrc2=s=${size}:r=${rate}:d=${length}`],
];
export const tone = (rate = 48_000, length = seconds) => [
  ...["-f", "lavfi", "-i", `sine=440:r=${rate}:d=${length}`],
];
export const avc = (...more: string[]) => [
  ..."-c:v libx264 -preset ultrafast -pix_fmt yuv420p -sc_threshold 0 -bf 0".split(" "),
  ...more,
];
/** Keyframes so many frames apart, and B-frames between. */
export const gop = (frames: number) => [
  ..."-tune fastdecode -bf 2".split(" "),
  ...["-g", String(frames), "-keyint_min", String(frames)],
];
export const everyTwoSeconds = ["-force_key_frames", "expr:gte(t,n_forced*2)", "-g", "1000"];
export const aac = "-c:a aac -ar 48000 -ac 2 -b:a 64k".split(" ");

export const listOf = (broadcast: Broadcast, slot: string) => readPlaylist(broadcast.mediaPlaylist(slot));
export const lengthOf = (segments: readonly ListedSegment[]) =>
  segments.reduce((sum, segment) => sum + segment.seconds, 0);

export interface Outcome {
  bench: MediaBench;
  broadcast: Broadcast;
  reports: BroadcastReport[];
  segments: ListedSegment[];
  /** Of the top rung, in seconds. */
  length: number;
  /** Names of the media playlists in the master. */
  slots: string[];
}

/** Publishes a file to its end with FFmpeg, and waits until all of it is published. */
export async function publishFile(bench: MediaBench, name: string, path: string): Promise<Outcome> {
  const settings = bench.settings(name, { ladder: twoRungs });
  const broadcast = await bench.broadcast(settings);
  await bench.publishToEnd(name, path);
  broadcast.publisherGone();
  return outcome(bench, broadcast, settings.reports);
}

/** What a broadcast came to whose publisher has gone. */
export async function outcome(
  bench: MediaBench,
  broadcast: Broadcast,
  reports: BroadcastReport[],
): Promise<Outcome> {
  await until("the publisher's end", () => reports.at(-1)?.receiving === false);
  await broadcast.end();
  const slots = (broadcast.masterPlaylist() ?? "").match(/^v\d+/gm) ?? [];
  const { segments } = listOf(broadcast, slots[0]!);
  return { bench, broadcast, reports, segments, slots, length: lengthOf(segments) };
}

/** What holds of every output: aligned rungs, honest durations, dates that rise, and nothing a decoder complains of. */
export async function expectSound({ bench, broadcast, slots, segments }: Outcome): Promise<void> {
  expect(segments.length).toBeGreaterThan(2);
  for (const slot of slots) {
    const playlist = listOf(broadcast, slot);
    expect(playlist.ended).toBe(true);
    expect(playlist.segments.map(({ sequence, seconds, at }) => [sequence, seconds, at])).toEqual(
      segments.map(({ sequence, seconds, at }) => [sequence, seconds, at]),
    );
    for (const segment of playlist.segments) {
      expect(Math.round(segment.seconds), `${slot} ${segment.uri}`).toBeLessThanOrEqual(
        playlist.targetDuration,
      );
    }
    expect(await bench.decodeErrors(broadcast, slot)).toBe("");
  }
  for (const [index, next] of segments.slice(1).entries()) {
    const before = segments[index]!;
    const gap = next.at - before.at - before.seconds * 1000;
    if (next.discontinuity) expect(next.at, `segment ${next.sequence}`).toBeGreaterThan(before.at);
    else expect(Math.abs(gap), `before segment ${next.sequence}`).toBeLessThan(5);
  }
}

export async function streamsOf({ bench, broadcast }: Outcome, slot: string) {
  const { streams } = await bench.probe(broadcast, `${slot}.m3u8`);
  const of = (type: string) => streams.find(({ codec_type }) => codec_type === type);
  return { video: of("video"), audio: of("audio") };
}

/** A segment's pictures as a decoder shows them, in steps of 5 ms since its first. */
export async function framesOf(
  { bench }: Outcome,
  { map, uri }: ListedSegment,
): Promise<{ at: number; type: string }[]> {
  const path = await bench.join(uri.replaceAll("/", "-"), map, uri);
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-select_streams", "v", "-show_entries", "frame=pts,pict_type"],
    ...["-of", "json", "-show_streams", path],
  ]);
  const { frames, streams } = JSON.parse(stdout) as {
    frames: { pts: number; pict_type: string }[];
    streams: { time_base: string }[];
  };
  const [, unitsPerSecond] = streams[0]!.time_base.split("/").map(Number);
  const first = frames[0]!.pts;
  return frames.map(({ pts, pict_type }) => ({
    at: Math.round(((pts - first) * 1000) / unitsPerSecond! / 5),
    type: pict_type,
  }));
}

/** When the first picture and the first sound of a published segment are shown, in milliseconds of its run. */
export async function firstTimes(bench: MediaBench, segment: ListedSegment): Promise<Record<string, number>> {
  const file = (uri: string) => readFile(bench.file(uri));
  const tracks = parseMovieHeader(findBox(await file(segment.map), "moov")!);
  const times: Record<string, number> = {};
  for (const box of childBoxes(await file(segment.uri))) {
    if (box.type !== "moof") continue;
    for (const timing of parseMovieFragment(box.body, tracks)) times[timing.kind] ??= timing.startMs;
  }
  return times;
}

export const stereo = { codec_name: "aac", sample_rate: "48000", channels: 2 };
export const discontinuities = ({ segments }: Outcome) =>
  segments.filter(({ discontinuity }) => discontinuity).length;
