/** The media machine's processes as values, for the supervisor at home and in the container. */
import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseNameservers, parseNetworks, parseOrigins, parseUpstreams } from "./nginx/directive-values.ts";
import { httpConfiguration } from "./nginx/http-configuration.ts";
import { endLeftovers } from "./nginx/leftover-processes.ts";
import { rtmpConfiguration } from "./nginx/rtmp-configuration.ts";
import { workerUser } from "./nginx/worker-user.ts";
import type { ProcessDescription } from "./process-description.ts";

/** What the media processes need to know; values that end in `Upstream` are `host:port` without a scheme. */
export interface MediaSettings {
  /** Absolute; nginx keeps its files in `<it>/nginx`, the sidecar in `<it>/sidecar`. */
  dataDirectory: string;
  /** Absolute; segments, journals and what the sidecar must remember of running streams. */
  mediaDirectory: string;
  /** Published: HLS, API, pages and /ws. */
  httpPort: number;
  /** Published: RTMP ingest. */
  rtmpPort: number;
  /** Loopback only: nginx's callbacks and playlists. */
  sidecarPort: number;
  /** Loopback only: nginx-rtmp's stat and control. */
  rtmpControlPort: number;
  /** Several, separated by commas, share the callers. */
  apiUpstream: string;
  /** One, or every room process in its order, separated by commas. */
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
  /** `libx264`, `h264_nvenc`, `h264_qsv`, `h264_vaapi`, or `auto`: the first that works. */
  encoder?: string;
  /** Luma samples a second that this machine may encode; measured when absent. */
  encodingCapacity?: number;
  /** How far back live playlists reach at most, whatever their streams ask for; a day when absent. */
  rewindLimitSeconds?: number;
  /** With less room on the media disk, playlists reach back less far; 256 when absent. */
  leastFreeMegabytes?: number;
  /** How long playlists and files of an ended broadcast stay; 300 when absent. */
  keepEndedSeconds?: number;
  /** Where other machines read the sidecar's /metrics, with the internal key; nowhere when absent. */
  metricsPort?: number;
  /** How often each stream is looked at; default 10. */
  healthEverySeconds?: number;
  /** `all`, so that replay adapts, or `top`; `all` when absent. */
  recordingRenditions?: "all" | "top";
  /** Finished recordings that are older are removed; none when absent. */
  recordingsKeepDays?: number;
  /** The oldest finished recordings are removed while all are larger, in 10^9 bytes; none when absent. */
  recordingsMaxGigabytes?: number;
  /** With less room on the media disk nothing more is recorded; 1024 when absent. */
  freeSpaceMinMegabytes?: number;
  /** `S3_ENDPOINT`, `S3_BUCKET` and their kin, handed on as they are; nothing is uploaded when absent. */
  bucketVariables?: Readonly<Record<string, string>>;
  /** Whether relays may go to private addresses, and to this machine; not when absent. */
  relayAllowPrivate?: boolean;
}

/** Where Debian's libnginx-mod-rtmp puts it. */
const rtmpModulePath = "/usr/lib/nginx/modules/ngx_rtmp_module.so";
const searchPath = process.env.PATH ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * nginx-rtmp, nginx-http and the sidecar: siblings, so that the death of one leaves the others. They may start in any
 * order. Throws an Error with one sentence that names the variable when a setting cannot be used.
 */
export function mediaProcesses(settings: MediaSettings): ProcessDescription[] {
  return [rtmpProcess(settings), httpProcess(settings), sidecarProcess(settings)];
}

function rtmpProcess(settings: MediaSettings): ProcessDescription {
  const { dataDirectory, rtmpPort, rtmpControlPort, sidecarPort } = settings;
  return nginxProcess(settings, "rtmp", {
    configuration: async (prefix) =>
      rtmpConfiguration({
        prefix,
        modulePath: rtmpModulePath,
        workerUser: await workerUser([prefix]),
        ipv6: await hasIpv6(),
        rtmpPort,
        controlPort: rtmpControlPort,
        sidecarPort,
      }),
    ready: () => answers(`http://127.0.0.1:${rtmpControlPort}/stat`),
    dataDirectory,
  });
}

function httpProcess(settings: MediaSettings): ProcessDescription {
  const { dataDirectory, mediaDirectory, httpPort, sidecarPort } = settings;
  const apiUpstreams = parseUpstreams("API_UPSTREAM", settings.apiUpstream);
  const roomsUpstreams = parseUpstreams("ROOMS_UPSTREAM", settings.roomsUpstream);
  const origins = parseOrigins(settings.corsOrigin);
  const trustedProxies = parseNetworks(settings.trustedProxies);
  return nginxProcess(settings, "http", {
    configuration: async (prefix) => {
      await mkdir(mediaDirectory, { recursive: true });
      return httpConfiguration({
        prefix,
        workerUser: await workerUser([prefix, mediaDirectory]),
        ipv6: await hasIpv6(),
        nameservers: parseNameservers(await readFile("/etc/resolv.conf", "utf8").catch(() => "")),
        httpPort,
        sidecarPort,
        mediaDirectory,
        apiUpstreams,
        roomsUpstreams,
        origins,
        trustedProxies,
      });
    },
    ready: () => answers(`http://127.0.0.1:${httpPort}/hls/`),
    dataDirectory,
  });
}

interface NginxProcess {
  dataDirectory: string;
  configuration: (prefix: string) => Promise<string>;
  ready: () => Promise<boolean>;
}

function nginxProcess(
  { nginxPath = "nginx" }: MediaSettings,
  kind: "rtmp" | "http",
  { dataDirectory, configuration, ready }: NginxProcess,
): ProcessDescription {
  const prefix = join(dataDirectory, "nginx", kind);
  const configurationPath = join(prefix, "nginx.conf");
  return {
    name: `nginx-${kind}`,
    command: nginxPath,
    // -e: without it nginx opens its compiled-in error log before it reads the configuration.
    args: ["-e", "stderr", "-p", prefix, "-c", configurationPath],
    env: { PATH: searchPath },
    cwd: prefix,
    async prepare() {
      // nginx opens the paths below before it gives up root, and its workers write into temporary and cache.
      for (const folder of ["temporary", "cache"]) await mkdir(join(prefix, folder), { recursive: true });
      await endLeftovers(await realpath(prefix));
      await writeFile(configurationPath, await configuration(prefix), { mode: 0o640 });
    },
    ready,
    // QUIT would wait for every socket and every publisher.
    stopSignal: "SIGTERM",
    stopTimeoutSeconds: 5,
  };
}

function sidecarProcess(settings: MediaSettings): ProcessDescription {
  const [command, ...args] = settings.sidecarCommand;
  const directory = join(settings.dataDirectory, "sidecar");
  return {
    name: "sidecar",
    command,
    args,
    env: {
      PATH: searchPath,
      NODE_ENV: "production",
      DATA_DIR: settings.dataDirectory,
      MEDIA_DIR: settings.mediaDirectory,
      SIDECAR_PORT: String(settings.sidecarPort),
      RTMP_PORT: String(settings.rtmpPort),
      RTMP_CONTROL_PORT: String(settings.rtmpControlPort),
      EDGE_INTERNAL_URL: settings.edgeInternalUrl,
      INTERNAL_API_KEY: settings.internalApiKey,
      HLS_HOST: settings.hlsHost,
      RTMP_HOST: settings.rtmpHost,
      ...present("NODE_NAME", settings.nodeName),
      ...present("FFMPEG_PATH", settings.ffmpegPath),
      ...present("ENCODER", settings.encoder),
      ...present("ENCODING_CAPACITY", settings.encodingCapacity),
      ...present("REWIND_LIMIT_SECONDS", settings.rewindLimitSeconds),
      ...present("LEAST_FREE_MB", settings.leastFreeMegabytes),
      ...present("KEEP_ENDED_SECONDS", settings.keepEndedSeconds),
      ...present("METRICS_PORT", settings.metricsPort),
      ...present("HEALTH_EVERY_SECONDS", settings.healthEverySeconds),
      ...present("RECORDING_RENDITIONS", settings.recordingRenditions),
      ...present("RECORDINGS_KEEP_DAYS", settings.recordingsKeepDays),
      ...present("RECORDINGS_MAX_GB", settings.recordingsMaxGigabytes),
      ...present("FREE_SPACE_MIN_MB", settings.freeSpaceMinMegabytes),
      ...settings.bucketVariables,
      ...present("RELAY_ALLOW_PRIVATE", settings.relayAllowPrivate),
    },
    cwd: directory,
    async prepare() {
      await mkdir(directory, { recursive: true });
      await mkdir(settings.mediaDirectory, { recursive: true });
      // A second sidecar would write into the first one's streams; its FFmpegs share the working directory.
      await endLeftovers(await realpath(directory));
    },
    ready: () => answers(`http://127.0.0.1:${settings.sidecarPort}/health`),
    stopSignal: "SIGTERM",
    // FFmpeg may need a moment to flush the last pictures.
    stopTimeoutSeconds: 15,
  };
}

function present(name: string, value: string | number | boolean | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: String(value) };
}

/** Whether something speaks HTTP there and is not failing. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false;
  }
}

async function hasIpv6(): Promise<boolean> {
  return (await readFile("/proc/net/if_inet6", "utf8").catch(() => "")).trim() !== "";
}
