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

/** `heard` is told each line when it is whole, with its end, and at last what had none. */
export async function startProcess(
  description: ProcessDescription,
  heard: (line: string) => void = () => {},
): Promise<TestProcess> {
  await description.prepare?.();
  const child: ChildProcess = spawn(description.command, description.args, {
    env: { ...description.env },
    ...(description.cwd === undefined ? {} : { cwd: description.cwd }),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    let begun = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const lines = (begun + text).split(/(?<=\n)/);
      begun = lines.at(-1)?.endsWith("\n") ? "" : (lines.pop() ?? "");
      for (const line of lines) heard(line);
    });
    stream?.once("end", () => heard(begun));
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
