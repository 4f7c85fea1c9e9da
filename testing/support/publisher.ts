import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** An FFmpeg that publishes a file in a loop in real time, as an encoder would. */
export interface Publisher {
  readonly pid: number;
  /** Settles when FFmpeg has ended, for whatever reason; what it printed last tells why. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>;
  readonly running: boolean;
  /** Stops as a person pressing "stop streaming" does. */
  stop(): Promise<void>;
  /** The laptop's battery died. */
  kill(): Promise<void>;
}

/** Publishes `file` (FLV) to `url`, copied, at its own pace, for ever unless `times` says how often. The caller must stop it. */
export function publish(file: string, url: string, times = Number.POSITIVE_INFINITY): Publisher {
  const loops = Number.isFinite(times) ? String(times - 1) : "-1";
  const child = spawn(
    "ffmpeg",
    ["-v", "error", "-nostdin", "-re", "-stream_loop", loops, "-i", file, "-c", "copy", "-f", "flv", url],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  return asPublisher(child);
}

/** For an encoder that somebody else has started. */
export function asPublisher(child: ChildProcess): Publisher {
  let stderr = "";
  let running = true;
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4000);
  });
  const ended = once(child, "close").then(([code, signal]) => {
    running = false;
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stderr };
  });
  const end = async (signal: NodeJS.Signals) => {
    if (running) child.kill(signal);
    await ended;
  };
  return {
    pid: child.pid ?? 0,
    ended,
    get running() {
      return running;
    },
    stop: () => end("SIGINT"),
    kill: () => end("SIGKILL"),
  };
}
