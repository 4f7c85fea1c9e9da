import { readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const largestBytes = 32 * 1024 * 1024;
/** Lines name addresses: none stands in either file for longer than twice this. */
const oldestMs = 12 * 3_600_000 - 120_000;

/**
 * Moves nginx-http's access log to `access.log.1` when it has grown past 32 MiB or is nearly half a day old, and has
 * nginx open a new one; what was moved is removed half a day after its last line.
 */
export async function rotateAccessLog(dataDirectory: string, now = Date.now()): Promise<void> {
  const prefix = join(dataDirectory, "nginx", "http");
  const path = join(prefix, "access.log");
  const [current, moved] = await Promise.all([factsOf(path), factsOf(`${path}.1`)]);
  if (moved !== null && now - moved.mtimeMs >= oldestMs) await rm(`${path}.1`, { force: true });
  if (current === null || current.size === 0) return;
  if (current.size < largestBytes && now - current.birthtimeMs < oldestMs) return;
  const master = Number(await readFile(join(prefix, "nginx.pid"), "utf8"));
  await rename(path, `${path}.1`);
  if (Number.isInteger(master) && master > 1) process.kill(master, "SIGUSR1");
}

function factsOf(path: string) {
  return stat(path).catch(() => null);
}
