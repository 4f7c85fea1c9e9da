import type { Log } from "../../edge/protocol/log.ts";
import type {
  LatencyMode,
  StreamRendition,
  StreamSource,
  StreamWarning,
} from "../../edge/protocol/streams.ts";
import type { EncodingDesk } from "../admission/encoding-desk.ts";
import type { LadderStep } from "../ladder/ladder-plan.ts";
import type { SegmentAsPublished } from "../packager/segment-publisher.ts";

export interface BroadcastSettings {
  readonly playbackId: string;
  readonly broadcastId: string;
  /** Where nginx-rtmp plays the stream: `rtmp://127.0.0.1:1935/live/<playbackId>`. */
  readonly rtmpUrl: string;
  /** MEDIA_DIR; segments are found in `<mediaDirectory>/segments/<segmentPrefix>/<slot>/`. */
  readonly mediaDirectory: string;
  /** Of playback tokens, as the broadcast begins; 0 when absent. */
  readonly playbackGeneration?: number;
  readonly latencyMode: LatencyMode;
  /** How far back the playlists reach; 120 when absent. */
  readonly windowSeconds?: number;
  readonly ffmpegPath: string;
  /** Top step first; 1080p, 720p, 480p, 360p when absent. */
  readonly ladder?: readonly LadderStep[];
  /** What the machine encodes is divided there; absent when it is this broadcast's alone. */
  readonly encoding?: EncodingDesk;
  readonly log: Log;
  /** Hears of every segment, for whoever keeps them. */
  onSegment?(segment: SegmentAsPublished): void;
  /** Called when any of the report's parts changed or a publisher came; never more than about twice a second. */
  onReport(report: BroadcastReport): void;
  /** The source cannot be carried (H.265, 2x2 …), in words for the publisher: the gate cuts it. */
  onRefused(reason: string): void;
}

/** What is known of the broadcast now; the parts are those of `StreamReport`. */
export interface BroadcastReport {
  readonly source: StreamSource | null;
  readonly renditions: StreamRendition[];
  /** Renditions that are not made now, and why. */
  readonly shed: { name: string; reason: string }[];
  readonly warnings: StreamWarning[];
  /** The master playlist can be served. Stays true once it was. */
  readonly playable: boolean;
  /** Media arrives from the publisher now. */
  readonly receiving: boolean;
}
