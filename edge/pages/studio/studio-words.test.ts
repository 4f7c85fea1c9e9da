import { expect, test } from "vitest";
import type { Recording } from "../../protocol/recordings.ts";
import type { Relay } from "../../protocol/relays.ts";
import { recordingWords } from "./recording-words.ts";
import { relayChange } from "./relay-change.ts";
import { relayWords } from "./relay-words.ts";
import { inOrder, isRunByMe } from "./stream-order.ts";

const relay: Relay = {
  id: "rel_1",
  streamId: "str_1",
  name: "Twitch",
  url: "rtmps://live.twitch.tv:443/app",
  enabled: true,
  status: "live",
  error: null,
  bitrate: 4500,
  attempts: 1,
  liveSince: null,
};

test.each<[Partial<Relay>, object]>([
  [{}, { word: "Live", tone: "live", detail: "4.5 Mbit/s" }],
  [{ enabled: false }, { word: "Off", tone: "off", detail: "" }],
  [{ status: "idle" }, { word: "Waits for the stream", tone: "off" }],
  [
    { status: "connecting", bitrate: null },
    { word: "Connecting", tone: "busy" },
  ],
  [
    { status: "retrying", error: "the connection was refused", attempts: 3 },
    { word: "Trying again", tone: "busy", detail: "The connection was refused. Tried 3 times." },
  ],
  [
    { status: "failed", error: "The key is not known there." },
    { word: "Does not work", tone: "problem", detail: "The key is not known there." },
  ],
])("a relay that is %j says %j", (entries, words) => {
  expect(relayWords({ ...relay, ...entries })).toMatchObject(words);
});

test("of a relay only what was typed anew is sent, and an empty key keeps the old one", () => {
  const typed = { name: "Twitch", url: "rtmp://elsewhere.example/app", key: "" };
  expect(relayChange(relay, typed)).toEqual({ url: "rtmp://elsewhere.example/app" });
  expect(relayChange(relay, { ...typed, url: relay.url, key: "k" })).toEqual({ key: "k" });
});

const recording: Recording = {
  id: "rec_1",
  streamId: "str_1",
  title: "Keynote",
  status: "ready",
  startedAt: "2027-01-01T00:00:00Z",
  endedAt: null,
  durationSeconds: 3753,
  sizeBytes: 1_234_000_000,
  progress: null,
  playbackUrl: null,
  downloadUrl: null,
  files: [],
  posterUrl: null,
  thumbnailsUrl: null,
  upload: null,
  error: null,
};

test.each<[Partial<Recording>, object]>([
  [{}, { status: "", tone: "off", facts: "1:02:33 · 1.2 GB", progress: null, note: "" }],
  [{ status: "recording" }, { status: "Recording", tone: "live", progress: null }],
  [
    { status: "processing", progress: 0.429 },
    { status: "Being finished, 42 %", progress: 0.429 },
  ],
  [{ status: "processing" }, { status: "Being finished", progress: 0 }],
  [
    { status: "failed", error: "The disk is full." },
    { tone: "problem", note: "The disk is full." },
  ],
  [{ upload: "done" }, { note: "Copied to the bucket" }],
])("a recording that is %j says %j", (entries, words) => {
  expect(recordingWords({ ...recording, ...entries })).toMatchObject(words);
});

test("streams on air come first, the others as they were", () => {
  const streams = (["ended", "live", "idle", "starting", "reconnecting"] as const).map((status) => ({
    status,
  }));
  expect(inOrder(streams).map(({ status }) => status)).toEqual([
    "live",
    "reconnecting",
    "starting",
    "ended",
    "idle",
  ]);
});

test("a stream whose warnings are told is one's own to run, even without any", () => {
  expect([isRunByMe({ warnings: [] }), isRunByMe({})]).toEqual([true, false]);
});
