/** A broadcast with a real nginx-rtmp before it and real FFmpegs on both sides, in a folder of its own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createLog } from "../../edge/protocol/log.ts";
import { freePort } from "../../testing/support/free-port.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { Broadcast } from "./broadcast.ts";
import type { BroadcastReport, BroadcastSettings } from "./broadcast-settings.ts";
import { readPlaylist } from "./listed-segments.test-support.ts";

const run = promisify(execFile);

export const smallLadder = [
  { shortSide: 180, videoKbps: 300 },
  { shortSide: 120, videoKbps: 150 },
  { shortSide: 90, videoKbps: 100 },
];

/** Media comes in real time, and beside other tests' media. */
export const until = <T>(what: string, look: () => T | Promise<T>, timeoutSeconds = 40) =>
  waitFor(what, look, { timeoutSeconds, everyMilliseconds: 50 });

export class MediaBench {
  readonly directory: string;
  readonly rtmpPort: number;
  #nginx: ChildProcess | null = null;
  #server: Server | null = null;
  #base = "";
  readonly #publishers = new Set<ChildProcess>();
  readonly #broadcasts = new Set<Broadcast>();

  private constructor(directory: string, rtmpPort: number) {
    this.directory = directory;
    this.rtmpPort = rtmpPort;
  }

  static async open(): Promise<MediaBench> {
    const bench = new MediaBench(await mkdtemp(join(tmpdir(), "rostrum-media-")), await freePort());
    await bench.startNginx();
    await bench.#serve();
    return bench;
  }

  async startNginx(): Promise<void> {
    const configuration = join(this.directory, "nginx.conf");
    await writeFile(
      configuration,
      `load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
      daemon off; master_process off; pid ${this.directory}/nginx.pid; error_log stderr error;
      events { worker_connections 64; }
      rtmp { access_log off; server { listen 127.0.0.1:${this.rtmpPort}; chunk_size 4096;
        application live { live on; } } }`,
    );
    this.#nginx = spawn("nginx", ["-p", this.directory, "-c", configuration, "-e", "stderr"], {
      stdio: "inherit",
    });
    await until("nginx", () =>
      run("bash", ["-c", `exec 3<>/dev/tcp/127.0.0.1/${this.rtmpPort}`]).then(
        () => true,
        () => false,
      ),
    );
  }

  async killNginx(): Promise<void> {
    const nginx = this.#nginx;
    if (nginx === null || nginx.exitCode !== null || nginx.signalCode !== null) return;
    const gone = once(nginx, "exit");
    nginx.kill("SIGKILL");
    await gone;
  }

  rtmpUrl(name: string): string {
    return `rtmp://127.0.0.1:${this.rtmpPort}/live/${name}`;
  }

  settings(name: string, more: Partial<BroadcastSettings> = {}): TestSettings {
    const reports: BroadcastReport[] = [];
    const refusals: string[] = [];
    return {
      playbackId: `pb_${name}`,
      broadcastId: `brd_${name}`,
      rtmpUrl: this.rtmpUrl(`pb_${name}`),
      mediaDirectory: this.directory,
      latencyMode: "standard",
      ffmpegPath: "ffmpeg",
      ladder: smallLadder,
      log: createLog("test", () => {}),
      onReport: (report) => reports.push(report),
      onRefused: (reason) => refusals.push(reason),
      reports,
      refusals,
      ...more,
    };
  }

  async broadcast(settings: BroadcastSettings): Promise<Broadcast> {
    const broadcast = new Broadcast(settings);
    this.adopt(broadcast);
    await broadcast.attach();
    return broadcast;
  }

  adopt(broadcast: Broadcast): void {
    this.#broadcasts.add(broadcast);
  }

  /** Makes a small FLV file with FFmpeg; `args` stand between the inputs and the output. */
  async makeFlv(name: string, ...args: string[]): Promise<string> {
    const path = join(this.directory, `${name}.flv`);
    await run("ffmpeg", ["-v", "error", "-y", ...args, "-f", "flv", path]);
    return path;
  }

  /** Publishes in real time; resolves with the running process. */
  publish(name: string, path: string, ...args: string[]): ChildProcess {
    const target = this.rtmpUrl(`pb_${name}`);
    const publisher = spawn(
      "ffmpeg",
      ["-v", "error", "-nostdin", "-re", ...args, "-i", path, "-c", "copy", "-f", "flv", target],
      { stdio: ["ignore", "ignore", "ignore"] },
    );
    this.#publishers.add(publisher);
    publisher.once("exit", () => this.#publishers.delete(publisher));
    return publisher;
  }

  async publishToEnd(name: string, path: string, ...args: string[]): Promise<void> {
    await once(this.publish(name, path, ...args), "exit");
  }

  /** What ffprobe sees of a playlist of a running or ended broadcast: frames' times in seconds, by type. */
  async probe(broadcast: Broadcast, playlist: string): Promise<Probe> {
    this.adopt(broadcast);
    const url = `${this.#base}/play/${broadcast.segmentPrefix}/${playlist}`;
    const { stdout, stderr } = await run(
      "ffprobe",
      [
        "-v",
        "warning",
        "-of",
        "json",
        "-show_streams",
        "-show_entries",
        "packet=codec_type,pts_time,flags",
        url,
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    const parsed = JSON.parse(stdout) as { streams: ProbeStream[]; packets: ProbePacket[] };
    return { ...parsed, stderr };
  }

  /**
   * What FFmpeg complains of when it decodes a slot, each run by itself: unlike players, its HLS reader does not
   * take new parameters from a second EXT-X-MAP.
   */
  async decodeErrors(broadcast: Broadcast, slot: string): Promise<string> {
    const { segments } = readPlaylist(broadcast.mediaPlaylist(slot));
    const errors: string[] = [];
    for (const map of new Set(segments.map((segment) => segment.map))) {
      const path = await this.join(
        `${broadcast.segmentPrefix}-${slot}`,
        map,
        ...segments.filter((segment) => segment.map === map).map(({ uri }) => uri),
      );
      const { stderr } = await run("ffmpeg", [
        "-v",
        "error",
        "-nostdin",
        "-i",
        path,
        "-fps_mode",
        "passthrough",
        "-enc_time_base",
        "-1",
        "-f",
        "null",
        "-",
      ]);
      errors.push(stderr.slice(0, 1000));
    }
    return errors.join("");
  }

  /** One file for FFmpeg of an initialisation and segments, by their paths in a playlist; where it is. */
  async join(name: string, ...uris: string[]): Promise<string> {
    const path = join(this.directory, `${name}.mp4`);
    await writeFile(path, Buffer.concat(await Promise.all(uris.map((uri) => readFile(this.file(uri))))));
    return path;
  }

  /** Where a path of a playlist is on disk. */
  file(uri: string): string {
    return join(this.directory, "segments", ...uri.split("/").slice(2));
  }

  async close(): Promise<void> {
    for (const publisher of this.#publishers) publisher.kill("SIGKILL");
    await Promise.all([...this.#broadcasts].map((broadcast) => broadcast.remove()));
    await this.killNginx();
    this.#server?.closeAllConnections();
    this.#server?.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Playlists from the broadcasts, segments from the disk. */
  async #serve(): Promise<void> {
    this.#server = createServer(async (request, response) => {
      const path = new URL(request.url ?? "/", "http://x").pathname;
      const [, place, prefix = "", name = "", file] = path.split("/");
      try {
        if (place === "hls")
          response.end(await readFile(join(this.directory, "segments", prefix, name, file ?? "")));
        else {
          const broadcast = [...this.#broadcasts].find((each) => each.segmentPrefix === prefix);
          const slot = name.replace(".m3u8", "");
          const text = slot === "master" ? broadcast?.masterPlaylist() : broadcast?.mediaPlaylist(slot);
          response.setHeader("content-type", "application/vnd.apple.mpegurl");
          if (!text) response.statusCode = 404;
          response.end(text ?? "");
        }
      } catch {
        response.statusCode = 404;
        response.end();
      }
    });
    await new Promise<void>((resolve) => this.#server!.listen(0, "127.0.0.1", resolve));
    this.#base = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
}

export interface TestSettings extends BroadcastSettings {
  readonly reports: BroadcastReport[];
  readonly refusals: string[];
}

export interface Probe {
  readonly streams: readonly ProbeStream[];
  readonly packets: readonly ProbePacket[];
  readonly stderr: string;
}

interface ProbeStream {
  readonly codec_type: string;
  readonly codec_name: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_rate?: string;
  readonly channels?: number;
}

interface ProbePacket {
  readonly codec_type: string;
  readonly pts_time: string;
  readonly flags: string;
}
