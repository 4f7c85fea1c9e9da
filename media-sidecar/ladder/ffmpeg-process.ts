/** The one place that spawns FFmpeg. */
import { type ChildProcess, spawn } from "node:child_process";
import { setPriority } from "node:os";
import type { Readable, Writable } from "node:stream";

export interface FfmpegExit {
  /** done: exit code 0; failed: it gave up or was killed by others; killed: by `kill`; not-started: no such program. */
  readonly kind: "done" | "failed" | "killed" | "not-started";
  /** For the log: code or signal, and the last lines it wrote. */
  readonly detail: string;
}

/** x264 gives an account of each rung behind FFmpeg's own. */
const stderrTailBytes = 16 * 1024;
/** For the log. */
const detailBytes = 4096;
const killAfterMs = 2000;

export class FfmpegProcess {
  readonly stdin: Writable;
  /** One a rung, in the order of the plan. */
  readonly outputs: readonly Readable[];
  /** Resolves once the process has ended and all it wrote was read. Never rejects. */
  readonly exited: Promise<FfmpegExit>;
  readonly #child: ChildProcess;
  #stderr = "";
  #killed = false;
  #ended = false;

  /** `niceness` 19 is for what may wait until nobody else wants the processor. */
  constructor(path: string, args: readonly string[], outputCount: number, niceness = 0) {
    this.#child = spawn(path, args, {
      // None of our secrets is FFmpeg's business.
      env: { PATH: process.env.PATH },
      // Its own process group: a terminal's Ctrl-C must reach the sidecar alone, which then ends it in order.
      detached: true,
      stdio: ["pipe", "ignore", "pipe", ...Array.from({ length: outputCount }, () => "pipe" as const)],
    });
    this.stdin = this.#child.stdin!;
    this.outputs = this.#child.stdio.slice(3) as Readable[];
    if (niceness !== 0 && this.#child.pid !== undefined) lowerPriority(this.#child.pid, niceness);
    // A process that dies under our hands is told by `exited`, not by EPIPE.
    this.stdin.on("error", () => {});
    for (const output of this.outputs) output.on("error", () => {});
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrTailBytes);
    });
    this.exited = new Promise((resolve) => {
      this.#child.on("error", (error) => {
        this.#ended = true;
        resolve({ kind: "not-started", detail: error.message });
      });
      this.#child.on("close", (code, signal) => {
        this.#ended = true;
        resolve(this.#classify(code, signal));
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last of what it wrote. */
  get stderr(): string {
    return this.#stderr;
  }

  /** SIGTERM, and SIGKILL when that does not help; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#killed = true;
    // What it still writes is nobody's: an unread pipe would keep it from ending.
    for (const output of this.outputs) output.resume();
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), killAfterMs);
    await this.exited;
    clearTimeout(timer);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#ended || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // Already gone.
    }
  }

  #classify(code: number | null, signal: NodeJS.Signals | null): FfmpegExit {
    const how = signal === null ? `exit code ${code}` : signal;
    const said = this.#stderr.trim().slice(-detailBytes);
    const detail = said === "" ? how : `${how}: ${said}`;
    if (this.#killed) return { kind: "killed", detail };
    return { kind: code === 0 ? "done" : "failed", detail };
  }
}

function lowerPriority(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // It has ended already, or the system does not allow it: then it runs as the others do.
  }
}
