import { expect, test } from "vitest";
import type { StreamSample, StreamStats } from "../../protocol/stream-health.ts";
import { healthView } from "./health-view.ts";

const sample: StreamSample = {
  at: "2027-01-01T00:00:00Z",
  bitrateKbps: 4500,
  frameRate: 30,
  keyframeIntervalSeconds: 2,
  droppedFrames: 0,
  audioDriftMs: 0,
  encodingSpeed: 1.84,
  backlogSeconds: 0,
  renditions: 3,
  viewers: 5,
};
const stats = (entries: Partial<StreamStats>): StreamStats => ({
  streamId: "str_1",
  status: "live",
  uptimeSeconds: 60,
  source: {
    videoCodec: "avc1.640028",
    width: 1920,
    height: 1080,
    frameRate: 29.97,
    audioCodec: "mp4a.40.2",
    audioSampleRateHz: 44_100,
    audioChannels: 2,
    bitrateKbps: 4520,
    keyframeIntervalSeconds: 2,
  },
  now: sample,
  renditions: [
    { name: "1080p", width: 1920, height: 1080, bitrateKbps: 4500, copied: true },
    { name: "480p", width: 854, height: 480, bitrateKbps: 900, copied: false },
  ],
  shed: [],
  warnings: [],
  viewers: 5,
  peakViewers: 9,
  thumbnailUrl: null,
  ...entries,
});

test("a stream with nothing to mend is well, and says what it is made of", () => {
  const { tone, verdict, facts } = healthView(stats({}));
  expect([tone, verdict]).toEqual(["well", "All is well"]);
  expect(facts).toEqual([
    ["Picture", "1920 × 1080"],
    ["Frames", "30 a second"],
    ["Bitrate", "4.5 Mbit/s"],
    ["Keyframes", "every 2 s"],
    ["Sound", "AAC, 44.1 kHz, stereo"],
    ["Qualities", "1080p as sent, 480p"],
    ["Encoding", "1.8 × real time"],
  ]);
});

test("what is not made now is said with its reason, beside what the encoder is to mend", () => {
  const shed = [{ name: "720p", reason: "the media machine fell behind with it" }];
  const warnings = [{ code: "keyframes-too-far-apart", detail: "Keyframes come every 8.3 s: set 2 s" }];
  expect(healthView(stats({ shed }))).toMatchObject({ tone: "attention", verdict: "Not in every quality" });
  const view = healthView(stats({ warnings, shed }));
  expect([view.verdict, view.warnings]).toEqual(["1 thing to look at", warnings]);
  expect(view.facts).toContainEqual(["720p not made now", "the media machine fell behind with it"]);
});

test("trouble of the last seconds stands among the facts, and only then", () => {
  const { facts } = healthView(
    stats({ now: { ...sample, backlogSeconds: 2.25, droppedFrames: 12, audioDriftMs: -80 } }),
  );
  expect(facts.slice(-3)).toEqual([
    ["Waiting to be encoded", "2.3 s"],
    ["Frames lost in 10 s", "12"],
    ["Sound", "80 ms late"],
  ]);
});

test("off air, what the last broadcast was warned of is over; why an encoder was refused is told", () => {
  const warnings = [{ code: "low-frame-rate", detail: "Only 15 frames a second" }];
  expect(healthView(stats({ status: "ended", warnings })).warnings).toEqual([]);
  expect(healthView(stats({ status: "idle", warnings }), "the video codec is H.265").warnings).toEqual([
    { code: "last-error", detail: "the video codec is H.265" },
  ]);
});

test.each([
  ["idle", "off", "Off air"],
  ["ended", "off", "Off air"],
  ["starting", "well", "Starting"],
  ["reconnecting", "attention", "The encoder is away"],
] as const)("%s is %s", (status, tone, verdict) => {
  expect(healthView(stats({ status, source: null, now: null }))).toMatchObject({ tone, verdict });
});
