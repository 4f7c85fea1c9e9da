import { createLog } from "../protocol/log.ts";
import { formatOutput } from "./output.ts";
import { StartRefusal } from "./start-refusal.ts";
import type { ChildOutput, SupervisedProcess } from "./supervised-child.ts";
import { Supervisor } from "./supervisor.ts";

export interface ContainerProgram {
  /** The processes, in the order in which they start. Throws StartRefusal when a variable cannot be used. */
  processes: () => readonly SupervisedProcess[];
  /** Before the processes are stopped; its failure is no reason to go on. */
  beforeStop?: () => Promise<unknown>;
}

/**
 * The first process of a container: keeps its programs running until SIGTERM. Its output is one JSON object a line.
 * Exits 1 with a line that says why when something cannot start, and leaves trying again to the container's engine.
 */
export async function runContainer(name: string, program: ContainerProgram): Promise<void> {
  const log = createLog(name);
  const supervisor = new Supervisor({ write });
  let stopping = false;
  const stop = async (code: number) => {
    if (stopping) return;
    stopping = true;
    if (code === 0) await program.beforeStop?.().catch(() => {});
    await supervisor.stop();
    process.exit(code);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(0));
  try {
    for (const description of program.processes()) await supervisor.start(description);
    log.info("running");
  } catch (error) {
    if (stopping) return;
    const message = error instanceof StartRefusal ? error.message : String(error);
    for (const line of message.split("\n")) log.error("cannot-start", { message: line });
    await stop(1);
  }
}

function write(output: ChildOutput): void {
  const debug = process.env.LOG_LEVEL === "debug";
  const line = formatOutput(output, "json", { color: false, now: new Date(), debug });
  if (line !== null) process.stdout.write(`${line}\n`);
}
