/**
 * What one media machine says of itself at /metrics. Labels are few: a status is one of a handful, and `stream` names
 * the streams that run now, as many as the machine carries; what has ended has no series. Nothing in it is a secret:
 * stream ids stand in the API's addresses, keys, playback ids and relays' addresses do not appear.
 */
import type { StreamSample } from "../../edge/protocol/stream-health.ts";
import type { Metrics } from "../http/metrics.ts";

export interface MeasuredStream {
  readonly stream: { readonly streamId: string };
  readonly status: string;
  /** How many renditions are left out. */
  readonly shedCount: number;
  /** Null before it was looked at. */
  readonly sample: StreamSample | null;
}

export interface MachineParts {
  running(): readonly MeasuredStream[];
  /** In luma samples a second; no capacity while it is being measured. */
  encoding(): { readonly capacity: { readonly samplesPerSecond: number } | null; readonly promised: number };
  relayStatuses(): readonly string[];
  recordings(): readonly { readonly status: string; readonly bytes: number }[];
  /** Null where it could not be seen. */
  freeBytes(): number | null;
  /** What the edge has not heard yet, by what it is about. */
  waiting: Readonly<Record<string, () => number>>;
}

const figures: readonly [string, string, (sample: StreamSample) => number | null][] = [
  [
    "source_bits_per_second",
    "What the encoder sent in the last ten seconds.",
    (each) => each.bitrateKbps * 1000,
  ],
  ["source_frames_per_second", "Pictures that arrived.", (each) => each.frameRate],
  [
    "source_dropped_frames",
    "Pictures of the last ten seconds that should have arrived.",
    (each) => each.droppedFrames,
  ],
  [
    "encoding_speed",
    "Seconds of media made in a second; below 1 the encoders fall behind.",
    (each) => each.encodingSpeed,
  ],
  ["backlog_seconds", "Source that waits for the encoders.", (each) => each.backlogSeconds],
  ["renditions", "Renditions that are made now.", (each) => each.renditions],
  ["viewers", "Who fetched playlists here in the last seconds.", (each) => each.viewers],
];

const streamStatuses = ["starting", "live", "reconnecting"];
const relayStatuses = ["idle", "connecting", "live", "retrying", "failed"];
const recordingStatuses = ["recording", "processing", "ready", "failed"];

export function measureMachine(metrics: Metrics, parts: MachineParts): void {
  const { running, recordings } = parts;
  const statuses = (of: readonly { status: string }[]) => of.map(({ status }) => status);
  metrics.gauges("streams", "Streams that have not ended, by status.", "status", () =>
    counts(streamStatuses, statuses(running())),
  );
  for (const [name, help, read] of figures) {
    metrics.gauges(name, help, "stream", () =>
      running().flatMap(({ stream, sample }) => {
        const value = sample === null ? null : read(sample);
        return value === null ? [] : [[stream.streamId, value] as const];
      }),
    );
  }
  metrics.gauges(
    "renditions_shed",
    "Renditions that are left out for want of a faster machine.",
    "stream",
    () => running().map(({ stream, shedCount }) => [stream.streamId, shedCount] as const),
  );
  metrics.gauge(
    "encoding_capacity_samples_per_second",
    "Luma samples that this machine was measured to encode in a second.",
    () => parts.encoding().capacity?.samplesPerSecond ?? null,
  );
  metrics.gauge(
    "encoding_promised_samples_per_second",
    "Of them, promised to streams that run.",
    () => parts.encoding().promised,
  );
  metrics.gauges("relays", "Relays of running streams, by status.", "status", () =>
    counts(relayStatuses, parts.relayStatuses()),
  );
  metrics.gauges("recordings", "Recordings on this machine, by status.", "status", () =>
    counts(recordingStatuses, statuses(recordings())),
  );
  metrics.gauge("recordings_bytes", "What recordings take of the media disk.", () =>
    recordings().reduce((sum, { bytes }) => sum + bytes, 0),
  );
  metrics.gauge("disk_free_bytes", "Free space of the media disk.", () => parts.freeBytes());
  metrics.gauges("reports_waiting", "What the edge has not heard yet, by what it is about.", "about", () =>
    Object.entries(parts.waiting).map(([about, read]) => [about, read()] as const),
  );
}

/** All of them, so that one which nobody has is a zero and not a hole. */
function counts(known: readonly string[], seen: readonly string[]): [string, number][] {
  return known.map((status) => [status, seen.filter((each) => each === status).length]);
}
