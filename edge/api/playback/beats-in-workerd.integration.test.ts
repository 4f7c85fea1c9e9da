/** Beats as a deployed API takes them: with the pool of a Durable Object, and with connections of each request's own. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { signBeatToken } from "../../auth/beat-token.ts";
import { playMinutes } from "../../db/schema/watching-tables.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { makeStream } from "../streams/test-scene.ts";
import { type DatabaseGate, openDatabaseGate } from "../test-database-gate.ts";
import { startApiWorker, type TestWorker, workerJwtSecret } from "../test-workerd.ts";
import { aBeat } from "./test-beats.ts";

const hostings = [
  ["a Durable Object", (url: string) => startApiWorker(url)],
  ["requests of their own", (url: string) => startApiWorker(null, {}, { hyperdrive: url })],
] as const;

describe.each(hostings)("in %s", (_, start) => {
  let database: TestDatabase;
  let gate: DatabaseGate;
  let worker: TestWorker;
  beforeAll(async () => {
    database = await createTestDatabase();
    gate = await openDatabaseGate(database.url);
    worker = await start(gate.url);
  });
  afterAll(async () => {
    await worker?.stop();
    await gate?.close();
    await database?.drop();
  });

  async function beat(token: string, playId: string, number: number): Promise<void> {
    const answer = await fetch(`${worker.url}/api/playback/beat`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(aBeat({ token, playId, beat: number, playedSeconds: number })),
    });
    expect(answer.status, await answer.text()).toBe(204);
  }
  const beatsKept = async (streamId: string) => {
    const rows = await database.db.select().from(playMinutes).where(sql`stream_id = ${streamId}`);
    const newest = new Map<string, number>();
    for (const { playId, beat: number } of rows)
      newest.set(playId, Math.max(number, newest.get(playId) ?? 0));
    return Object.fromEntries(newest);
  };

  test("beats reach the database, also those that were told while it was away, and no one has to beat again", async () => {
    const { id: streamId } = await makeStream(database.db);
    const endsAt = new Date(Date.now() + 600_000);
    const claims = { streamId, viewerId: newIdentifier("viewer"), generation: 0 };
    const token = await signBeatToken(workerJwtSecret, claims, endsAt);
    await beat(token, "play_first", 1);
    await vi.waitFor(async () => expect(await beatsKept(streamId)).toEqual({ play_first: 1 }), 30_000);
    await gate.shut();
    const plays = Array.from({ length: 10 }, (__, index) => `play_later_${index}`);
    await Promise.all([beat(token, "play_first", 2), ...plays.map((playId) => beat(token, playId, 1))]);
    await vi.waitFor(() => expect(worker.output()).toContain("beats-wait"), 30_000);
    await gate.open();
    const all = { play_first: 2, ...Object.fromEntries(plays.map((playId) => [playId, 1])) };
    await vi.waitFor(
      async () => expect(await beatsKept(streamId), worker.output().slice(-2000)).toEqual(all),
      30_000,
    );
    expect(worker.output()).not.toContain("different request");
  }, 120_000);
});
