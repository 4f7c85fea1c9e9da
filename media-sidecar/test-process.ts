/** Runs one ProcessDescription for a test, and keeps what it prints. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { waitFor } from "../testing/support/wait-for.ts";
import type { ProcessDescription } from "./process-description.ts";

export interface TestProcess {
  readonly pid: number;
  output(): string;
  /** By default as its description says; SIGKILL is for its whole group, as a supervisor does after a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export async function startProcess(description: ProcessDescription): Promise<TestProcess> {
  await description.prepare?.();
  const child: ChildProcess = spawn(description.command, description.args, {
    env: { ...description.env },
    ...(description.cwd === undefined ? {} : { cwd: description.cwd }),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exited = once(child, "exit");
  const started: TestProcess = {
    pid: child.pid ?? 0,
    output: () => output,
    async stop(signal = description.stopSignal ?? "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await exited;
      }
      if (signal !== "SIGKILL") return;
      try {
        process.kill(-started.pid, "SIGKILL");
      } catch {
        // Nothing of it is left.
      }
    },
  };
  try {
    await waitFor(`${description.name} is ready`, async () => {
      if (child.exitCode !== null) throw new Error(`${description.name} ended: ${output}`);
      return (await description.ready?.()) ?? true;
    });
  } catch (error) {
    await started.stop("SIGKILL");
    throw new Error(`${description.name} did not start; it printed: ${output}`, { cause: error });
  }
  return started;
}
