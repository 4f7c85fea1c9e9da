import { createHash } from "node:crypto";
import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { StartRefusal } from "./start-refusal.ts";

/** Whether a user without rights of its own can get through to `path` (execute permission on every folder). */
export function isTraversable(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * Where the database of a data folder lives. PostgreSQL refuses to run as root, so root starts it as another user,
 * who must be able to reach its files: where DATA_DIR is closed to others (below /root, for one), a folder under
 * `systemDirectory` is used that is named after DATA_DIR. What exists already is kept wherever it is, or the start refused with a sentence.
 */
export function chooseDatabaseDirectory(
  dataDirectory: string,
  isRoot: boolean,
  systemDirectory = "/var/lib",
): string {
  const own = join(dataDirectory, "postgres");
  if (!isRoot) return own;
  const name = createHash("sha256").update(realpathSync(dataDirectory)).digest("hex").slice(0, 12);
  const elsewhere = join(systemDirectory, `rostrum-${name}`, "postgres");
  if (existsSync(elsewhere)) return elsewhere;
  if (isTraversable(realpathSync(dataDirectory))) return own;
  if (!existsSync(own)) return elsewhere;
  throw new StartRefusal(
    `The database in ${own} cannot be reached any more by the user it runs as: let others through to it again (chmod o+x on the folders above it).`,
  );
}
