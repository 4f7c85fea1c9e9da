import { type ChildProcess, spawn } from "node:child_process";
import type { ProcessDescription } from "../../media-sidecar/process-description.ts";
import { createLineSplitter } from "./line-splitter.ts";
import { type ProcessRecord, signalGroup } from "./process-record.ts";
import { StartRefusal } from "./start-refusal.ts";

export type SupervisedProcess = ProcessDescription & {
  /** Another user; only root can ask for that. */
  runAs?: { uid: number; gid: number };
  /** It goes on for as long as any request is open (a long poll always is), so ending it by force is no news. */
  drains?: boolean;
};

export interface Backoff {
  firstSeconds: number;
  largestSeconds: number;
  /** A child that lived this long begins again with `firstSeconds`. */
  steadySeconds: number;
  /** How often a child may end before it was ever ready, until its start counts as failed. */
  attempts: number;
  /** How long a first start may take to become ready. */
  readySeconds: number;
}

export interface ChildOutput {
  process: string;
  source: "stdout" | "stderr" | "supervisor";
  text: string;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Set when it could not be run at all. */
  failure?: string;
}

/** Keeps one process running: restarts it when it ends, until `stop`. */
export class SupervisedChild {
  readonly #description: SupervisedProcess;
  readonly #backoff: Backoff;
  readonly #write: (output: ChildOutput) => void;
  readonly #record: ProcessRecord | null;
  readonly #stopping = new AbortController();
  #process: ChildProcess | null = null;
  #life: Promise<void> = Promise.resolve();
  #everReady = false;
  #lastWords: string[] = [];

  constructor(
    description: SupervisedProcess,
    backoff: Backoff,
    write: (output: ChildOutput) => void,
    record: ProcessRecord | null,
  ) {
    this.#description = description;
    this.#backoff = backoff;
    this.#write = write;
    this.#record = record;
  }

  get name(): string {
    return this.#description.name;
  }

  /** Null while it is between two lives. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Resolves when it is ready for the first time; rejects with a refusal when it does not get there. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#life = this.#live(resolve, reject);
    });
  }

  /** The stop signal, a wait, then SIGKILL for its whole group. Resolves when nothing of it is left. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#process;
    if (child?.pid !== undefined) {
      child.kill(this.#description.stopSignal ?? "SIGTERM");
      const timer = setTimeout(() => {
        if (!this.#description.drains)
          this.#say(`does not end by itself after ${this.#stopSeconds} s and is killed`);
        if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
      }, this.#stopSeconds * 1000);
      await this.#life;
      clearTimeout(timer);
    }
    await this.#life;
  }

  /** At once and without waiting, for a launcher that must end now. */
  kill(): void {
    this.#stopping.abort();
    const pid = this.pid;
    if (pid !== null) signalGroup(pid, "SIGKILL");
  }

  get #stopSeconds(): number {
    return this.#description.stopTimeoutSeconds ?? 10;
  }

  async #live(onReady: () => void, onFailure: (error: Error) => void): Promise<void> {
    let delaySeconds = this.#backoff.firstSeconds;
    for (let attempt = 1; ; attempt++) {
      const bornAt = performance.now();
      const exit = await this.#liveOnce(onReady, onFailure);
      if (this.#stopping.signal.aborted) {
        onFailure(new StartRefusal(`${this.name} was stopped before it was ready.`));
        return;
      }
      const words = describeExit(exit);
      if (!this.#everReady && (attempt >= this.#backoff.attempts || exit.failure !== undefined)) {
        onFailure(new StartRefusal(`${this.name} cannot start: it ${words}${this.#quoteLastWords()}`));
        return;
      }
      if (performance.now() - bornAt > this.#backoff.steadySeconds * 1000) {
        delaySeconds = this.#backoff.firstSeconds;
      }
      this.#say(`${words}; starting it again in ${delaySeconds} s`);
      await this.#sleep(delaySeconds);
      if (this.#stopping.signal.aborted) return;
      delaySeconds = Math.min(delaySeconds * 2, this.#backoff.largestSeconds);
    }
  }

  async #liveOnce(onReady: () => void, onFailure: (error: Error) => void): Promise<ChildExit> {
    try {
      await this.#description.prepare?.();
    } catch (error) {
      return { code: null, signal: null, failure: `could not be prepared (${String(error)})` };
    }
    if (this.#stopping.signal.aborted) return { code: null, signal: null };
    const { name, command, args, env, cwd, runAs } = this.#description;
    const child = spawn(command, args, {
      env: { ...env },
      ...(cwd === undefined ? {} : { cwd }),
      ...(runAs ?? {}),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: Ctrl-C of the terminal reaches only the launcher, which then stops children in order,
      // and whatever the child leaves behind can be found by the group.
      detached: true,
    });
    this.#process = child;
    const ended = this.#untilEnd(child);
    const lastOutput = untilClosed(child);
    if (child.pid !== undefined) {
      this.#record?.add(name, child.pid, this.#description.stopSignal ?? "SIGTERM");
      void this.#untilReady(child, onReady, onFailure);
    }
    const exit = await ended;
    // What a killed master leaves (nginx workers, for one) would still hold its ports.
    if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
    await lastOutput;
    this.#process = null;
    this.#record?.remove(name);
    return exit;
  }

  #untilEnd(child: ChildProcess): Promise<ChildExit> {
    this.#lastWords = [];
    for (const source of ["stdout", "stderr"] as const) {
      const lines = createLineSplitter((text) => this.#hear(source, text));
      child[source]?.setEncoding("utf8").on("data", lines.push).on("end", lines.end);
    }
    return new Promise((resolve) => {
      child.once("error", (error) =>
        resolve({ code: null, signal: null, failure: `could not be run (${error.message})` }),
      );
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
  }

  async #untilReady(child: ChildProcess, onReady: () => void, onFailure: (error: Error) => void) {
    const bornAt = performance.now();
    const isAlive = () => child.exitCode === null && child.signalCode === null;
    while (isAlive() && !this.#stopping.signal.aborted) {
      if ((await this.#description.ready?.()) ?? true) {
        if (!isAlive()) return;
        if (this.#everReady) this.#say("is back");
        this.#everReady = true;
        onReady();
        return;
      }
      if (!this.#everReady && performance.now() - bornAt > this.#backoff.readySeconds * 1000) {
        onFailure(
          new StartRefusal(
            `${this.name} was started but does not answer after ${this.#backoff.readySeconds} s${this.#quoteLastWords()}`,
          ),
        );
        return;
      }
      await this.#sleep(0.05);
    }
  }

  #hear(source: "stdout" | "stderr", text: string): void {
    this.#lastWords = [...this.#lastWords.slice(-4), text];
    this.#write({ process: this.name, source, text });
  }

  #quoteLastWords(): string {
    return this.#lastWords.length === 0
      ? "."
      : `; it last said: ${this.#lastWords.join(" | ").slice(0, 600)}`;
  }

  #say(text: string): void {
    this.#write({ process: this.name, source: "supervisor", text });
  }

  #sleep(seconds: number): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, seconds * 1000);
      signal.addEventListener("abort", done);
    });
  }
}

/** Its last lines arrive after its exit; a process that took its pipes elsewhere is not waited for. */
async function untilClosed(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  const closed = new Promise((resolve) => child.once("close", resolve));
  await exited;
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
}

/** How it ended, as the end of a sentence that begins with its name. */
function describeExit({ code, signal, failure }: ChildExit): string {
  if (failure !== undefined) return failure;
  if (signal !== null) return `was ended by ${signal}`;
  return code === 0 ? "ended by itself" : `ended with exit code ${code}`;
}
