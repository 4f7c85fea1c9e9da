import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { identify, isRunning } from "./process-identity.ts";

const StopSignal = v.picklist(["SIGTERM", "SIGQUIT", "SIGINT"]);
type StopSignal = v.InferOutput<typeof StopSignal>;
const Recorded = v.record(
  v.string(),
  v.object({ pid: v.number(), startedAt: v.string(), stopSignal: StopSignal }),
);
type Recorded = v.InferOutput<typeof Recorded>;

/**
 * Which children run, on disk: when the launcher itself is killed with SIGKILL, the next start finds its orphans
 * here and ends them. Every child leads a process group, so its own children end with it.
 */
export class ProcessRecord {
  readonly #path: string;
  readonly #running = new Map<string, Recorded[string]>();

  constructor(path: string) {
    this.#path = path;
  }

  add(name: string, pid: number, stopSignal: StopSignal): void {
    const identity = identify(pid);
    if (identity === null) return;
    this.#running.set(name, { ...identity, stopSignal });
    this.#write();
  }

  remove(name: string): void {
    if (this.#running.delete(name)) this.#write();
  }

  #write(): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    if (this.#running.size === 0) {
      rmSync(this.#path, { force: true });
      return;
    }
    const draft = `${this.#path}.draft`;
    writeFileSync(draft, JSON.stringify(Object.fromEntries(this.#running)), { mode: 0o600 });
    renameSync(draft, this.#path);
  }
}

/**
 * Ends what an earlier launcher left running: its stop signal to each group, SIGKILL after `patienceSeconds`. Answers the
 * names of what it ended. The caller holds the folder's lock, so the launcher that wrote the record is gone.
 */
export async function endOrphans(path: string, patienceSeconds = 5): Promise<string[]> {
  const orphans = Object.entries(readRecord(path)).filter(([, identity]) => isRunning(identity));
  for (const [, { pid, stopSignal }] of orphans) signalGroup(pid, stopSignal);
  const deadline = Date.now() + patienceSeconds * 1000;
  while (orphans.some(([, identity]) => isRunning(identity)) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const [, { pid }] of orphans) signalGroup(pid, "SIGKILL");
  rmSync(path, { force: true });
  return orphans.map(([name]) => name);
}

function readRecord(path: string): Recorded {
  try {
    const parsed = v.safeParse(Recorded, JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.output : {};
  } catch {
    return {};
  }
}

/** Signals every process of the group that `pid` leads or led. Answers whether there was one. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
