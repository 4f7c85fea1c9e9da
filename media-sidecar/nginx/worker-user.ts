/** Whom nginx's workers run as, so that they may read segments and nothing they need not. */
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";

export interface WorkerUserQuestion {
  /** Whether the master runs as root; only then can workers be someone else. */
  isRoot: boolean;
  /** Names of the accounts of this machine. */
  accounts: readonly string[];
  /** Whether any account may walk down to the files that workers use. */
  reachable: boolean;
}

/**
 * The `user` directive's value, or null for none. Root is the last resort: a data folder below /root can be
 * traversed by nobody else, and `npm start` as root in one's home must work.
 */
export function chooseWorkerUser({ isRoot, accounts, reachable }: WorkerUserQuestion): string | null {
  if (!isRoot) return null;
  const unprivileged = ["www-data", "nginx", "nobody"].find((account) => accounts.includes(account));
  return reachable && unprivileged ? unprivileged : "root";
}

/** `directories`: absolute and present, what workers read and write below. */
export async function workerUser(directories: readonly string[]): Promise<string | null> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  return chooseWorkerUser({
    isRoot: process.getuid?.() === 0,
    accounts: passwd.split("\n").map((line) => line.split(":")[0] ?? ""),
    reachable: (await Promise.all(directories.map(everyoneMayTraverse))).every(Boolean),
  });
}

async function everyoneMayTraverse(directory: string): Promise<boolean> {
  for (let path = directory; ; path = dirname(path)) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
