import { describe, expect, it } from "vitest";
import { deliveryRules } from "./delivery-rules.ts";
import { pictureRules } from "./picture-rules.ts";
import { soundRules } from "./sound-rules.ts";
import type { StreamCondition } from "./stream-condition.ts";

const rules = [...pictureRules, ...soundRules, ...deliveryRules];

const source: NonNullable<StreamCondition["source"]> = {
  videoCodec: "avc1.640028",
  width: 1920,
  height: 1080,
  frameRate: 30,
  audioCodec: "aac",
  audioSampleRateHz: 48_000,
  audioChannels: 2,
  bitrateKbps: 4500,
  keyframeIntervalSeconds: 2,
};
const interval: NonNullable<StreamCondition["interval"]> = {
  seconds: 10,
  bytes: 5_600_000,
  pictures: 300,
  missingPictures: 0,
  unevenShare: 0,
  reordered: true,
  sounds: 469,
  soundLeadMs: -12,
  lateSeconds: 0.1,
};
/** As anyone would wish it. */
const good: StreamCondition = {
  latencyMode: "standard",
  source,
  interval,
  unreadMessages: 0,
  announcedKbps: 4500,
  recentKbps: [4400, 4600, 4500, 4550, 4480, 4500],
  backlogSeconds: 0.5,
  lostConnections: 0,
  disk: { freeBytes: 50e9, recordingNeedsBytes: 1e9, records: true },
};

const from = (more: Partial<typeof source>): Partial<StreamCondition> => ({ source: { ...source, ...more } });
const during = (more: Partial<typeof interval>): Partial<StreamCondition> => ({
  interval: { ...interval, ...more },
});
const free = (freeBytes: number, records = true): Partial<StreamCondition> => ({
  disk: { freeBytes, recordingNeedsBytes: 1e9, records },
});
const low: Partial<StreamCondition> = { latencyMode: "low" };

/** A code; conditions that are bad, with words that are said; conditions that are neither, and that are good. */
interface Row {
  code: string;
  bad: [Partial<StreamCondition>, RegExp][];
  unsure: Partial<StreamCondition>[];
  good: Partial<StreamCondition>[];
}
const table: Row[] = [
  {
    code: "keyframes-too-far-apart",
    bad: [
      [
        from({ keyframeIntervalSeconds: 8.3 }),
        /^Keyframes come every 8\.3 s: set 2 s in OBS \(Settings → Output → Keyframe interval\)$/,
      ],
      [{ ...low, ...from({ keyframeIntervalSeconds: 2 }) }, /every 2 s: set 1 s in OBS/],
    ],
    unsure: [from({ keyframeIntervalSeconds: null }), { source: null }],
    good: [from({ keyframeIntervalSeconds: 4 }), { ...low, ...from({ keyframeIntervalSeconds: 1 }) }],
  },
  {
    code: "b-frames-in-low-latency",
    bad: [[low, /zerolatency/]],
    unsure: [{ ...low, interval: null }],
    good: [{ ...low, ...during({ reordered: false }) }, during({ reordered: true })],
  },
  {
    code: "frame-rate-low",
    bad: [[from({ frameRate: 15 }), /^Only 15 frames a second: set 25 or 30/]],
    unsure: [from({ frameRate: 21 }), from({ frameRate: null })],
    good: [from({ frameRate: 23.976 }), from({ frameRate: 60 })],
  },
  {
    code: "frame-rate-odd",
    bad: [
      [from({ frameRate: 26.7 }), /^26\.7 frames a second are unusual/],
      [from({ frameRate: 120 }), /^120 frames a second cost more/],
    ],
    unsure: [from({ frameRate: null }), { ...from({ frameRate: 27 }), ...during({ missingPictures: 30 }) }],
    good: [from({ frameRate: 59.94 }), from({ frameRate: 25.1 }), from({ frameRate: 15 })],
  },
  {
    code: "frame-rate-unsteady",
    bad: [[during({ unevenShare: 0.4 }), /time between frames varies: set a constant frame rate/]],
    unsure: [during({ unevenShare: 0.1 }), during({ pictures: 0 })],
    good: [during({ unevenShare: 0.01 })],
  },
  {
    code: "bitrate-too-low",
    bad: [
      [
        { recentKbps: [900, 1000, 700] },
        /^1920x1080 with 1\.0 Mbit\/s looks coarse .* set about 5\.0 Mbit\/s/,
      ],
    ],
    unsure: [{ recentKbps: [1700] }, { recentKbps: [] }],
    good: [{ recentKbps: [300, 2500] }, { ...from({ width: 320, height: 180 }), recentKbps: [50] }],
  },
  {
    code: "bitrate-too-high",
    bad: [
      [
        { recentKbps: [15_000, 15_200] },
        /^15 Mbit\/s is more than many viewers' connections carry: set about 5\.0 Mbit\/s/,
      ],
      [{ ...from({ width: 640, height: 360 }), recentKbps: [6000, 6000] }, /set about 850 kbit\/s/],
    ],
    unsure: [{ recentKbps: [11_000, 11_000] }],
    good: [
      { recentKbps: [9000] },
      { recentKbps: [15_000, 5000] },
      { ...from({ width: 640, height: 360 }), recentKbps: [2900] },
    ],
  },
  {
    code: "bitrate-unsteady",
    bad: [[{ recentKbps: [900, 6100, 3000, 1200] }, /swings between 900 kbit\/s and 6\.1 Mbit\/s: set CBR/]],
    unsure: [{ recentKbps: [2000, 5000, 4000, 3000] }, { recentKbps: [900, 6100, 3000] }],
    good: [{ recentKbps: [3000, 5000, 4000, 3500] }, { recentKbps: [100, 1200, 300, 400] }],
  },
  {
    code: "sound-missing",
    bad: [
      [from({ audioCodec: null }), /^No sound is sent, and viewers hear silence/],
      [during({ sounds: 0 }), /^The sound has stopped/],
    ],
    unsure: [during({ seconds: 2, sounds: 0 }), during({ sounds: 0, pictures: 0 }), { source: null }],
    good: [during({ sounds: 1 })],
  },
  {
    code: "sound-rate-odd",
    bad: [[from({ audioSampleRateHz: 44_100 }), /^The sound comes with 44\.1 kHz .* set 48 kHz/]],
    unsure: [from({ audioSampleRateHz: null })],
    good: [from({ audioSampleRateHz: 48_000 })],
  },
  {
    code: "sound-channels-odd",
    bad: [
      [from({ audioChannels: 1 }), /^The sound is mono: set Stereo/],
      [from({ audioChannels: 6 }), /^The sound has 6 channels, of which viewers hear two: set Stereo/],
    ],
    unsure: [from({ audioChannels: null })],
    good: [from({ audioChannels: 2 })],
  },
  {
    code: "sound-drifts",
    bad: [
      [during({ soundLeadMs: 780 }), /^The sound is sent 0\.8 s ahead of the picture/],
      [during({ soundLeadMs: -1240 }), /^The sound is sent 1\.2 s behind the picture/],
    ],
    unsure: [during({ soundLeadMs: -300 }), during({ soundLeadMs: null })],
    good: [during({ soundLeadMs: 200 })],
  },
  {
    code: "frames-dropped",
    bad: [
      [
        during({ pictures: 280, missingPictures: 20 }),
        /^7 % of the frames do not arrive: the encoder's computer/,
      ],
      // Who is to blame is said only where something is missing.
      [
        { ...during({ pictures: 280, missingPictures: 20 }), unreadMessages: 4 },
        /^7 % .* lost on the media machine/,
      ],
    ],
    unsure: [during({ missingPictures: 3 }), during({ pictures: 0, missingPictures: 0 })],
    good: [during({ missingPictures: 1 }), { unreadMessages: 4 }],
  },
  {
    code: "arrives-late",
    bad: [[during({ lateSeconds: 3.4 }), /^The stream arrives 3\.4 s late: .* set a lower one/]],
    unsure: [during({ lateSeconds: 1.5 }), { interval: null }],
    good: [during({ lateSeconds: 0.2 })],
  },
  {
    code: "bitrate-not-reached",
    bad: [
      [
        { ...during({ lateSeconds: 1.4 }), announcedKbps: 6000, recentKbps: [1900] },
        /^1\.9 Mbit\/s arrive of the 6\.0 Mbit\/s/,
      ],
      [
        { ...during({ missingPictures: 40 }), announcedKbps: 6000, recentKbps: [3000] },
        /^3\.0 Mbit\/s arrive/,
      ],
    ],
    unsure: [
      { announcedKbps: null },
      { ...during({ lateSeconds: 1.4 }), announcedKbps: 6000, recentKbps: [4800] },
    ],
    // A picture that stands still costs less than was announced.
    good: [
      { announcedKbps: 6000, recentKbps: [300] },
      { ...during({ lateSeconds: 3 }), announcedKbps: 6000, recentKbps: [5500] },
    ],
  },
  {
    code: "reconnects-often",
    bad: [[{ lostConnections: 4 }, /^The encoder's connection was lost 4 times in ten minutes: use a cable/]],
    unsure: [{ lostConnections: 2 }],
    good: [{ lostConnections: 1 }],
  },
  {
    code: "falls-behind",
    bad: [[{ backlogSeconds: 7.2 }, /^The media machine is 7\.2 s behind with encoding/]],
    unsure: [{ backlogSeconds: 3 }],
    good: [{ backlogSeconds: 1.9 }],
  },
  {
    code: "disk-low",
    bad: [[free(1.8e9), /^The media machine's disk has 1\.8 GB left: recording stops at 1\.0 GB$/]],
    unsure: [free(2.3e9), { disk: null }],
    // Not recorded, it stops nothing; with less than is needed, it has stopped, and that is what is said.
    good: [free(3e9), free(1.8e9, false), free(0.5e9)],
  },
];

describe("the rules of health", () => {
  it("have nothing to say of a stream as anyone would wish it", () => {
    expect(rules.filter((rule) => rule.judge(good) !== "good").map(({ code }) => code)).toEqual([]);
  });

  it("have nothing to say of what nobody knows", () => {
    const unknown: StreamCondition = {
      latencyMode: "low",
      source: null,
      interval: null,
      unreadMessages: 0,
      announcedKbps: null,
      recentKbps: [],
      backlogSeconds: 0,
      lostConnections: 0,
      disk: null,
    };
    for (const rule of rules) expect(rule.judge(unknown), rule.code).toBeTypeOf("string");
  });

  it("are all in the table below, with codes that differ", () => {
    expect(table.map(({ code }) => code)).toEqual(rules.map(({ code }) => code));
    expect(new Set(rules.map(({ code }) => code)).size).toBe(rules.length);
  });

  it.each(table)("judge $code", (row) => {
    const rule = rules.find(({ code }) => code === row.code)!;
    for (const [condition, words] of row.bad) {
      const verdict = rule.judge({ ...good, ...condition });
      expect(verdict).toEqual({ bad: expect.stringMatching(words) });
    }
    for (const condition of row.unsure) expect(rule.judge({ ...good, ...condition })).toBe("unsure");
    for (const condition of row.good) expect(rule.judge({ ...good, ...condition })).toBe("good");
  });
});
