import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { embeddedDatabaseUrl, prepareEmbeddedDatabase } from "../../edge/local/embedded-database.ts";
import { signalGroup } from "../../edge/local/process-record.ts";
import { waitFor } from "../support/wait-for.ts";

/** A durable PostgreSQL of the launcher's own making, without its supervisor: killed, it stays away until started. */
export class KillablePostgres {
  readonly url: string;
  readonly #settings: Parameters<typeof prepareEmbeddedDatabase>[0];
  #child: ChildProcess | null = null;

  constructor(directory: string, port: number) {
    this.#settings = { directory, port, password: "of a test" };
    this.url = embeddedDatabaseUrl(this.#settings);
  }

  /** Resolves when it takes logins. */
  async start(): Promise<void> {
    const { command, args, env, cwd, runAs, ready } = await prepareEmbeddedDatabase(this.#settings);
    const child = spawn(command, args, { env, cwd, ...runAs, stdio: "ignore", detached: true });
    this.#child = child;
    await waitFor("PostgreSQL takes logins", () => ready?.() ?? true, {
      timeoutSeconds: 60,
      everyMilliseconds: 50,
    });
  }

  /** SIGKILL to the server and its backends. Resolves when it is dead. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    signalGroup(child.pid, "SIGKILL");
    await ended;
  }
}
