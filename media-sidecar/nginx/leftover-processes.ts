/** Ends what a killed parent left running: nginx's workers outlive a master that got SIGKILL, and keep its ports. */
import { readdir, readFile, readlink } from "node:fs/promises";

const ours = new Set(["nginx", "node", "ffmpeg"]);

/**
 * Kills every nginx, node and ffmpeg whose working directory is exactly `directory`, and returns their ids. Each
 * media process has a working directory of its own, which is the one mark that a worker keeps of its instance.
 * Does nothing where there is no /proc.
 */
export async function endLeftovers(directory: string): Promise<number[]> {
  const ended: number[] = [];
  for (const entry of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const workingDirectory = await readlink(`/proc/${entry}/cwd`).catch(() => null);
    if (workingDirectory !== directory) continue;
    const command = await readFile(`/proc/${entry}/comm`, "utf8").catch(() => "");
    if (!ours.has(command.trim())) continue;
    try {
      process.kill(Number(entry), "SIGKILL");
      ended.push(Number(entry));
    } catch {
      // It ended by itself, or is not ours to end.
    }
  }
  await Promise.all(ended.map(gone));
  return ended;
}

/** SIGKILL is carried out a moment later; the port is free when the entry is gone or only waits for its parent. */
async function gone(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
    if (status === null || /\) [ZX] /.test(status)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
