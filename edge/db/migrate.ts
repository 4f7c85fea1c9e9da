/** Brings a database to the newest schema. By path: `DATABASE_URL=… node --import tsx edge/db/migrate.ts`. */
import { pathToFileURL } from "node:url";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { createLog, describeError } from "../protocol/log.ts";
import { connectionStringFrom } from "./connection-string.ts";
import { isDatabaseAway, loggableCause } from "./constraint-errors.ts";

/** Any constant will do as long as nothing else in this database takes it. */
const migrationLock = 7_283_164_093;

/**
 * Applies what `migrations/` has and the database lacks, in one transaction. An advisory lock makes two callers
 * at once take turns; the second finds nothing to do. Throws what the driver throws.
 *
 * `folder` defaults to the repository's migrations/ beside this file, or to MIGRATIONS_DIR.
 */
export async function migrateDatabase(url: string, folder = defaultFolder()): Promise<void> {
  // One connection, so that the lock and the migration share it.
  const client = postgres(url, { max: 1, fetch_types: false, connect_timeout: 5, onnotice: () => {} });
  try {
    await client`select pg_advisory_lock(${migrationLock})`;
    await migrate(drizzle(client), { migrationsFolder: folder });
  } finally {
    // Closing the connection gives the lock back, also after an error.
    await client.end({ timeout: 5 });
  }
}

/** Waits until a database answers, for containers that start together. */
export async function migrateWhenReachable(url: string, patienceSeconds: number): Promise<void> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    try {
      return await migrateDatabase(url);
    } catch (error) {
      if (!isDatabaseAway(error) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function defaultFolder(): string {
  return process.env.MIGRATIONS_DIR ?? new URL("../../migrations", import.meta.url).pathname;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const log = createLog("migrate");
  const url = connectionStringFrom(process.env);
  if (!url) {
    log.error("migration-failed", { message: "DATABASE_URL is not set, nor DB_PASSWORD" });
    process.exitCode = 1;
  } else {
    try {
      await migrateWhenReachable(url, 30);
      log.info("migrated");
    } catch (error) {
      log.error("migration-failed", describeError(loggableCause(error)));
      process.exitCode = 1;
    }
  }
}
