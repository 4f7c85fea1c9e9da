/** A database of its own for a test file: cloned from a migrated template, dropped when the file is done. */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import postgres from "postgres";
import { migrateDatabase } from "./migrate.ts";
import { type Database, openDatabase } from "./open-database.ts";

export interface TestDatabase {
  url: string;
  db: Database;
  /** Closes the pool and drops the database, also when others are connected to it. */
  drop(): Promise<void>;
}

/**
 * Call in `beforeAll`, and `drop()` in `afterAll`. Needs TEST_DATABASE_URL, which the global set-up in
 * test-server.ts provides.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env.TEST_DATABASE_URL;
  if (!serverUrl) {
    throw new Error(
      "TEST_DATABASE_URL is not set: run through vitest with edge/db/test-server.ts as globalSetup",
    );
  }
  const template = await ensureTemplate(serverUrl);
  const name = `rostrum_test_${randomBytes(6).toString("hex")}`;
  await onServer(serverUrl, (client) => client.unsafe(`create database ${name} template ${template}`));
  const url = withDatabase(serverUrl, name);
  const opened = openDatabase(url, { maxConnections: 10, name: "rostrum-test" });
  return {
    url,
    db: opened.db,
    drop: async () => {
      await opened.close(1);
      await onServer(serverUrl, (client) => client.unsafe(`drop database if exists ${name} with (force)`));
    },
  };
}

/** Named after the migrations' content, so that an edited migration never meets an old template. */
async function ensureTemplate(serverUrl: string): Promise<string> {
  const template = `rostrum_template_${migrationsDigest()}`;
  await onServer(serverUrl, async (client) => {
    // Test files start together; the first makes the template and the others wait here.
    await client`select pg_advisory_lock(4126)`;
    const [existing] = await client`select 1 from pg_database where datname = ${template}`;
    if (existing) return;
    const building = `${template}_building`;
    await client.unsafe(`drop database if exists ${building} with (force)`);
    await client.unsafe(`create database ${building}`);
    await migrateDatabase(withDatabase(serverUrl, building));
    await client.unsafe(`alter database ${building} rename to ${template}`);
  });
  return template;
}

function migrationsDigest(): string {
  const folder = new URL("../../migrations/", import.meta.url);
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) {
    if (file.endsWith(".sql")) hash.update(readFileSync(new URL(file, folder)));
  }
  return hash.digest("hex").slice(0, 12);
}

async function onServer<T>(serverUrl: string, work: (client: postgres.Sql) => Promise<T>): Promise<T> {
  const client = postgres(serverUrl, { max: 1, onnotice: () => {} });
  try {
    return await work(client);
  } finally {
    await client.end({ timeout: 1 });
  }
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
