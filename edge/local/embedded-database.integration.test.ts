import { chmod, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../testing/support/free-port.ts";
import { type EmbeddedDatabase, embeddedDatabaseUrl, prepareEmbeddedDatabase } from "./embedded-database.ts";
import { chooseDatabaseDirectory } from "./reachable-directory.ts";
import { Supervisor } from "./supervisor.ts";

let folder: string;
let settings: EmbeddedDatabase;
let supervisor: Supervisor;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rostrum-database-"));
  // As root PostgreSQL runs as another user, who must be let through.
  await chmod(folder, 0o755);
  settings = { directory: join(folder, "postgres"), port: await freePort(), password: "p@ss/w:rd#?" };
});

afterAll(async () => {
  await supervisor?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function query<Row extends object>(text: string): Promise<Row[]> {
  const client = postgres(embeddedDatabaseUrl(settings), { max: 1, onnotice: () => {} });
  try {
    return await client.unsafe<Row[]>(text);
  } finally {
    await client.end();
  }
}

async function start() {
  supervisor = new Supervisor({ write: () => {} });
  await supervisor.start(await prepareEmbeddedDatabase(settings));
}

describe("the embedded database", () => {
  it("is created once, keeps its rows over a restart, and comes back after kill -9", {
    timeout: 180_000,
  }, async () => {
    await start();
    await query("create table kept (value text)");
    await query("insert into kept values ('grüße')");
    await supervisor.stop();
    await start();
    expect(await query("select value from kept")).toEqual([{ value: "grüße" }]);
    const killed = supervisor.pids().postgres!;
    process.kill(killed, "SIGKILL");
    await expect
      .poll(() => query("select value from kept").catch(() => null), { timeout: 60_000 })
      .toEqual([{ value: "grüße" }]);
    expect(supervisor.pids().postgres).not.toBe(killed);
    expect((await readdir(folder)).sort()).toEqual(["postgres"]);
  });

  it("is asked over TCP on this machine only, with a password", async () => {
    const wrong = postgres(embeddedDatabaseUrl({ ...settings, password: "wrong" }), { max: 1 });
    await expect(wrong`select 1`).rejects.toThrow(/password authentication failed/);
    expect(await query("show listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
    expect((await stat(settings.directory)).mode & 0o077).toBe(0);
  });
});

describe("the folder of the database", () => {
  it("is in DATA_DIR, unless root runs it there behind a closed door", async () => {
    const closed = await mkdtemp(join(tmpdir(), "rostrum-closed-"));
    try {
      expect(chooseDatabaseDirectory(closed, false)).toBe(join(closed, "postgres"));
      expect(chooseDatabaseDirectory(folder, true)).toBe(join(folder, "postgres"));
      expect(chooseDatabaseDirectory(closed, true, "/somewhere")).toMatch(
        /^\/somewhere\/rostrum-[0-9a-f]{12}\/postgres$/,
      );
    } finally {
      await rm(closed, { recursive: true, force: true });
    }
  });
});
