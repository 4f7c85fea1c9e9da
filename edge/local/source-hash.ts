import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** A hash of everything below the given files and folders, tests aside: equal hashes build equal outputs. */
export async function hashSources(root: string, paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map((path) => listFiles(root, path)))).flat().sort();
  const hash = createHash("sha256");
  for (const file of files) {
    const content = await readFile(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

async function listFiles(root: string, path: string): Promise<string[]> {
  const information = await stat(join(root, path)).catch(() => null);
  if (information === null) return [];
  if (information.isFile()) return [path];
  const names = await readdir(join(root, path), { recursive: true });
  const files = names.map((name) => join(path, name)).filter((name) => !/\.test\.ts$/.test(name));
  const kept = await Promise.all(
    files.map(async (file) => ((await stat(join(root, file))).isFile() ? [file] : [])),
  );
  return kept.flat();
}
