/** Files of a packager under names of their own: hard links, so that nothing is written twice. */
import { link, open, rm } from "node:fs/promises";

/** Resolves when the file is on the disk under its new name; `to` is replaced. */
export async function keepFile(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (error) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // Of a former life, which was killed before it wrote it down.
    await rm(to, { force: true });
    await link(from, to);
  });
  // A power cut loses what only memory has; the journal must not promise it.
  await syncFile(to);
}

/** Of a directory: the names in it. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
