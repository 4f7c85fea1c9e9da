import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { lockDirectory } from "./directory-lock.ts";
import { endOrphans, ProcessRecord } from "./process-record.ts";
import { StartRefusal } from "./start-refusal.ts";

/**
 * Makes DATA_DIR this process's own: locked against another copy, and rid of what a killed launcher left running.
 * `release` gives it back.
 */
export async function takeDataDirectory(
  directory: string,
  say: (sentence: string) => void,
): Promise<{ record: ProcessRecord; release: () => void }> {
  try {
    makeDirectory(directory);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new StartRefusal(
      `DATA_DIR ${directory} cannot be made (${reason}): choose a folder that can be written.`,
    );
  }
  const release = lock(directory);
  try {
    const recordPath = join(directory, "processes.json");
    const ended = await endOrphans(recordPath);
    if (ended.length > 0) say(`The last start was killed; ended what it left running: ${ended.join(", ")}.`);
    return { record: new ProcessRecord(recordPath), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Like `recursive: true`, which in Node 20 never ends where a folder cannot hold others, as below /proc. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  if (dirname(directory) !== directory) makeDirectory(dirname(directory));
  mkdirSync(directory);
}

function lock(directory: string): () => void {
  try {
    return lockDirectory(directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!["EACCES", "EROFS", "EPERM", "ENOTDIR"].includes(code)) throw error;
    throw new StartRefusal(`DATA_DIR ${directory} cannot be written (${code}): choose a folder that can.`);
  }
}
