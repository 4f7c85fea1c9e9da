import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { identify, isRunning, type ProcessIdentity } from "./process-identity.ts";
import { StartRefusal } from "./start-refusal.ts";

const Holder = v.object({ pid: v.number(), startedAt: v.string() });

/**
 * Takes a folder for this process; answers what gives it back. The lock names its holder, so one left behind by
 * `kill -9` is known to be nobody's and is taken over. Throws a refusal that names the holder.
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, "lock");
  const own = identify(process.pid) ?? { pid: process.pid, startedAt: "unknown" };
  const draft = join(directory, `lock.${randomUUID()}`);
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (linkOnce(draft, path)) return () => release(path, own);
      const holder = readHolder(path);
      if (holder !== null && isRunning(holder)) {
        throw new StartRefusal(
          `DATA_DIR ${directory} is in use by another copy (process ${holder.pid}): stop that one, or start this one with a DATA_DIR of its own.`,
        );
      }
      discard(path, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new StartRefusal(`The lock ${path} keeps changing hands: start again in a moment.`);
}

/** A hard link appears with its content or not at all, unlike a file that is created and then written. */
function linkOnce(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(path: string): ProcessIdentity | null {
  try {
    const parsed = v.safeParse(Holder, JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** Moves a dead holder's lock away; if another starter was faster and the lock is now theirs, it is put back. */
function discard(path: string, dead: ProcessIdentity | null): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // Someone else moved it.
  }
  const moved = readHolder(aside);
  if (moved !== null && (moved.pid !== dead?.pid || moved.startedAt !== dead.startedAt))
    linkOnce(aside, path);
  rmSync(aside, { force: true });
}

function release(path: string, own: ProcessIdentity): void {
  const holder = readHolder(path);
  if (holder?.pid === own.pid && holder.startedAt === own.startedAt) rmSync(path, { force: true });
}
