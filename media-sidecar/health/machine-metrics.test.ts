import { describe, expect, it } from "vitest";
import type { StreamSample } from "../../edge/protocol/stream-health.ts";
import { Metrics } from "../http/metrics.ts";
import { type MachineParts, measureMachine } from "./machine-metrics.ts";

const sample: StreamSample = {
  at: "2026-11-22T18:00:00.000Z",
  bitrateKbps: 4500,
  frameRate: 30,
  keyframeIntervalSeconds: 2,
  droppedFrames: 3,
  audioDriftMs: 10,
  encodingSpeed: null,
  backlogSeconds: 0.4,
  renditions: 4,
  viewers: 12,
};
const none: MachineParts = {
  running: () => [],
  encoding: () => ({ capacity: null, promised: 0 }),
  relayStatuses: () => [],
  recordings: () => [],
  freeBytes: () => null,
  waiting: {},
};

/** Series of ours, by their name with labels. */
async function read(metrics: Metrics): Promise<Record<string, number>> {
  const lines = (await metrics.render()).split("\n").filter((line) => line.startsWith("rostrum_"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
  );
}

describe("what a media machine measures", () => {
  it("is zero and not absent where there is nothing of a kind, and absent where nothing was measured", async () => {
    const metrics = new Metrics();
    measureMachine(metrics, none);
    const series = await read(metrics);
    expect(series).toMatchObject({
      'rostrum_media_streams{status="live"}': 0,
      'rostrum_media_relays{status="retrying"}': 0,
      'rostrum_media_recordings{status="recording"}': 0,
      rostrum_media_recordings_bytes: 0,
    });
    expect(Object.keys(series).filter((name) => /disk_free|capacity|source_|backlog/.test(name))).toEqual([]);
  });

  it("is of the streams that run now, and of no others", async () => {
    const metrics = new Metrics();
    let running = [
      { stream: { streamId: "str_a" }, status: "live", shedCount: 0, sample },
      {
        stream: { streamId: "str_b" },
        status: "reconnecting",
        shedCount: 2,
        sample: { ...sample, encodingSpeed: 0.97 },
      },
      { stream: { streamId: "str_c" }, status: "starting", shedCount: 0, sample: null },
    ];
    measureMachine(metrics, {
      ...none,
      running: () => running,
      encoding: () => ({ capacity: { samplesPerSecond: 9e7 }, promised: 4e7 }),
      relayStatuses: () => ["live", "retrying", "live"],
      recordings: () => [
        { status: "ready", bytes: 5e9 },
        { status: "recording", bytes: 1e9 },
      ],
      freeBytes: () => 7e9,
      waiting: { samples: () => 40 },
    });
    const series = await read(metrics);
    expect(series).toMatchObject({
      'rostrum_media_streams{status="live"}': 1,
      'rostrum_media_streams{status="reconnecting"}': 1,
      'rostrum_media_streams{status="starting"}': 1,
      'rostrum_media_source_bits_per_second{stream="str_a"}': 4_500_000,
      'rostrum_media_source_frames_per_second{stream="str_a"}': 30,
      'rostrum_media_source_dropped_frames{stream="str_a"}': 3,
      'rostrum_media_encoding_speed{stream="str_b"}': 0.97,
      'rostrum_media_backlog_seconds{stream="str_a"}': 0.4,
      'rostrum_media_renditions{stream="str_a"}': 4,
      'rostrum_media_viewers{stream="str_a"}': 12,
      'rostrum_media_renditions_shed{stream="str_b"}': 2,
      rostrum_media_encoding_capacity_samples_per_second: 9e7,
      rostrum_media_encoding_promised_samples_per_second: 4e7,
      'rostrum_media_relays{status="live"}': 2,
      'rostrum_media_recordings{status="ready"}': 1,
      rostrum_media_recordings_bytes: 6e9,
      rostrum_media_disk_free_bytes: 7e9,
      'rostrum_media_reports_waiting{about="samples"}': 40,
    });
    // Copied alone, it has no encoder that could be slow.
    expect(series).not.toHaveProperty('rostrum_media_encoding_speed{stream="str_a"}');
    running = [];
    expect(Object.keys(await read(metrics)).filter((name) => name.includes("str_"))).toEqual([]);
  });

  it("has counters by outcome, and the process's own figures beside them", async () => {
    const metrics = new Metrics();
    metrics.count("publishes", "allowed");
    metrics.count("publishes", "allowed");
    metrics.count("publishes", "unknown-key");
    expect(await read(metrics)).toMatchObject({
      'rostrum_media_publishes_total{outcome="allowed"}': 2,
      'rostrum_media_publishes_total{outcome="unknown-key"}': 1,
    });
    const text = await metrics.render();
    for (const name of [
      "nodejs_eventloop_lag_p99_seconds",
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
    ])
      expect(text).toContain(`\n${name} `);
  });
});
