import { readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";

const largestBytes = 32 * 1024 * 1024;

/** Moves nginx-http's access log to `access.log.1` when it has grown past 32 MiB, and has nginx open a new one. */
export async function rotateAccessLog(dataDirectory: string): Promise<void> {
  const prefix = join(dataDirectory, "nginx", "http");
  const path = join(prefix, "access.log");
  const size = await stat(path).then(
    (entry) => entry.size,
    () => 0,
  );
  if (size < largestBytes) return;
  const master = Number(await readFile(join(prefix, "nginx.pid"), "utf8"));
  await rename(path, `${path}.1`);
  if (Number.isInteger(master) && master > 1) process.kill(master, "SIGUSR1");
}
