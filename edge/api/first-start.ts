/**
 * Fills a new database: the first admin and the demo event. By path, after the migration:
 * `DATABASE_URL=… [ADMIN_EMAIL=… ADMIN_PASSWORD=…] node --import tsx edge/api/first-start.ts`
 */
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { connectionStringFrom } from "../db/connection-string.ts";
import { openDatabase } from "../db/open-database.ts";
import { type Seeded, seedDatabase } from "../db/seed.ts";
import { Email, Password } from "../protocol/accounts.ts";
import { createLog, describeError } from "../protocol/log.ts";
import { EnvironmentError } from "./environment.ts";
import { scryptHash } from "./password-hashing/scrypt.ts";

/** Throws EnvironmentError when ADMIN_EMAIL or ADMIN_PASSWORD cannot be an account's. */
export async function prepareFirstStart(
  databaseUrl: string,
  variables: Record<string, string | undefined>,
): Promise<Seeded> {
  const adminEmail = v.safeParse(Email, variables.ADMIN_EMAIL || "admin@rostrum.local");
  if (!adminEmail.success) throw new EnvironmentError("ADMIN_EMAIL is not an email address");
  const adminPassword = variables.ADMIN_PASSWORD || undefined;
  if (adminPassword !== undefined && !v.is(Password, adminPassword)) {
    throw new EnvironmentError("ADMIN_PASSWORD needs 8 to 200 characters");
  }
  const database = openDatabase(databaseUrl, { maxConnections: 1, name: "rostrum-first-start" });
  try {
    return await seedDatabase(database.db, {
      adminEmail: adminEmail.output,
      adminPassword,
      hashPassword: scryptHash,
    });
  } finally {
    await database.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    const url = connectionStringFrom(process.env);
    if (url === null) throw new EnvironmentError("DATABASE_URL is not set, nor DB_PASSWORD");
    const { created, demo } = await prepareFirstStart(url, process.env);
    // Not through the log, which would redact what is said here this one time.
    if (created) {
      process.stdout.write(`Admin: ${created.adminEmail}\nPassword: ${created.adminPassword}\n`);
      process.stdout.write(`Demo stream key: ${created.streamKey}\n`);
    }
    if (demo) process.stdout.write(`Watch page: /watch/${demo.streamId}\n`);
  } catch (error) {
    createLog("first-start").error("first-start-failed", describeError(error));
    process.exitCode = 1;
  }
}
