import type { ProcessRecord } from "./process-record.ts";
import {
  type Backoff,
  type ChildOutput,
  SupervisedChild,
  type SupervisedProcess,
} from "./supervised-child.ts";

export interface SupervisorSettings {
  write: (output: ChildOutput) => void;
  /** Where running children are noted for a launcher that comes after a crash. */
  record?: ProcessRecord;
  backoff?: Partial<Backoff>;
}

const usualBackoff: Backoff = {
  firstSeconds: 0.25,
  largestSeconds: 15,
  steadySeconds: 30,
  attempts: 3,
  readySeconds: 60,
};

/** Starts processes one after the other, keeps them running, and stops them in reverse order. */
export class Supervisor {
  readonly #settings: SupervisorSettings;
  readonly #children: SupervisedChild[] = [];
  #stopped: Promise<void> | null = null;

  constructor(settings: SupervisorSettings) {
    this.#settings = settings;
  }

  /** Resolves when it is ready; rejects with a refusal when it cannot start. Call `stop` then, for the others. */
  async start(description: SupervisedProcess): Promise<void> {
    if (this.#stopped !== null)
      throw new Error(`${description.name} cannot start: everything is being stopped`);
    const child = new SupervisedChild(
      description,
      { ...usualBackoff, ...this.#settings.backoff },
      this.#settings.write,
      this.#settings.record ?? null,
    );
    this.#children.push(child);
    await child.start();
  }

  /** Process ids by name, of those that run now. */
  pids(): Record<string, number> {
    return Object.fromEntries(
      this.#children.flatMap((child) => (child.pid === null ? [] : [[child.name, child.pid]])),
    );
  }

  /** Stops everything, the last started first. May be called again; all callers wait for the same end. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopInReverse();
    return this.#stopped;
  }

  /** SIGKILL to every group, without waiting. */
  kill(): void {
    this.#stopped ??= Promise.resolve();
    for (const child of this.#children) child.kill();
  }

  async #stopInReverse(): Promise<void> {
    for (const child of this.#children.toReversed()) await child.stop();
  }
}
