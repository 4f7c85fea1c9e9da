import type { Log } from "../../edge/protocol/log.ts";
import type { EncodingDesk } from "../admission/encoding-desk.ts";
import type { StatusReporter } from "../edge-client/status-reporter.ts";
import type { RtmpControl } from "../nginx/rtmp-control.ts";
import type { Recordings } from "../recordings/recordings.ts";
import type { Thumbnails } from "../thumbnails/thumbnails.ts";
import type { LiveStream } from "./live-stream.ts";
import type { RotationTimes } from "./prefix-rotation.ts";
import type { StreamRecords } from "./stream-records.ts";

/** What all streams of a media machine share. */
export interface LiveStreamDependencies {
  rtmpPort: number;
  mediaDirectory: string;
  rewindLimit: { readonly seconds: number };
  rotationTimes?: RotationTimes;
  /** Ended playlists stay for viewers who are behind; then files and playlists go. */
  keepEndedSeconds: number;
  ffmpegPath: string;
  /** Divides what the machine can encode among its streams; without it each has all of it. */
  encoding?: EncodingDesk;
  nginx: RtmpControl;
  reporter: StatusReporter;
  records: StreamRecords;
  /** Keeps the segments of streams that are recorded. */
  recordings?: Pick<Recordings, "keep" | "end" | "isPaused">;
  /** Shows what was published last. */
  thumbnails?: Pick<Thumbnails, "saw">;
  log: Log;
  /** Its files are gone; forget it. */
  removed(stream: LiveStream): void;
}
