import type { ProcessDescription } from "./process-description.ts";

/** What the media processes need to know; hosts are `host:port` without a scheme where they end in `Upstream`. */
export interface MediaSettings {
  /** Absolute; nginx keeps its files in `<it>/nginx`, the sidecar in `<it>/sidecar`. */
  dataDirectory: string;
  /** Absolute; segments and journals. */
  mediaDirectory: string;
  /** Published: HLS, API, pages and /ws. */
  httpPort: number;
  /** Published: RTMP ingest. */
  rtmpPort: number;
  /** Loopback only: nginx's callbacks and playlists. */
  sidecarPort: number;
  /** Loopback only: nginx-rtmp's stat and control. */
  rtmpControlPort: number;
  apiUpstream: string;
  roomsUpstream: string;
  /** Such as `http://127.0.0.1:3001`. */
  edgeInternalUrl: string;
  internalApiKey: string;
  /** `*` or a comma-separated list of origins. */
  corsOrigin: string;
  /** Comma-separated addresses or networks whose X-Forwarded-For is believed; may be empty. */
  trustedProxies: string;
  hlsHost: string;
  rtmpHost: string;
  /** Names this machine among media machines; kept random in the data directory when absent. */
  nodeName?: string;
  /**
   * How the sidecar is run, with absolute paths, for its working directory is its own:
   * `[process.execPath, "--import", import.meta.resolve("tsx"), "/…/media-sidecar/sidecar.ts"]` or
   * `["node", "/app/sidecar.js"]`.
   */
  sidecarCommand: readonly [string, ...string[]];
  nginxPath?: string;
  ffmpegPath?: string;
}

/** nginx-rtmp, nginx-http and the sidecar: siblings, so that the death of one leaves the others. */
export function mediaProcesses(_settings: MediaSettings): ProcessDescription[] {
  return [];
}
