import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * Deletes segments and journals that belong to no broadcast of `kept`, and returns their names: a sidecar that was
 * killed while it removed a broadcast, or whose record was lost, must not fill the disk for ever.
 */
export async function removeOrphanedMedia(
  mediaDirectory: string,
  kept: { broadcastIds: ReadonlySet<string>; segmentPrefixes: ReadonlySet<string> },
): Promise<string[]> {
  const orphans = [
    // Files under a broadcast's id, and links to them under prefixes.
    ...(await entries(join(mediaDirectory, "segments"))).filter(
      (path) => !kept.segmentPrefixes.has(basename(path)) && !kept.broadcastIds.has(basename(path)),
    ),
    ...(await entries(join(mediaDirectory, "journals"))).filter(
      (path) => !kept.broadcastIds.has(basename(path, ".jsonl")),
    ),
  ];
  for (const path of orphans) await rm(path, { recursive: true, force: true });
  return orphans.map((path) => basename(path));
}

async function entries(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.map((name) => join(directory, name));
}
