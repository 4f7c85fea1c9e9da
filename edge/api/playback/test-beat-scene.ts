/** An API whose clock stands where a test puts it, and players that tell it of themselves. */
import { and, eq } from "drizzle-orm";
import { expect, vi } from "vitest";
import { playMinutes, plays } from "../../db/schema/watching-tables.ts";
import { call } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeStream } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

const chrome =
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36";

export class BeatScene {
  /** Five seconds into a minute. */
  readonly start = Math.floor(Date.now() / 60_000) * 60_000 + 5000;
  now = new Date(this.start);
  /** Set by `open`. */
  api!: TestApi;

  async open(environment: Record<string, string> = {}): Promise<void> {
    this.api = await createTestApi(environment, () => this.now);
  }

  /** A live stream of a session. */
  async stage(visibility: "public" | "private" = "public") {
    const { db } = this.api.deps;
    // So that the next write need not wait for its turn.
    this.now = new Date(this.now.getTime() + 1000);
    const eventId = await makeEvent(db, { visibility });
    const sessionId = await makeSession(db, eventId);
    const stream = await makeStream(db, { sessionId, status: "live" });
    return { eventId, sessionId, streamId: stream.id, path: `/api/streams/${stream.id}/playback` };
  }

  async watch(path: string, token?: string): Promise<{ token: string; viewerId: string }> {
    const { body } = await call(this.api, "GET", path, 200, token === undefined ? {} : { token });
    return { token: body.beatToken, viewerId: body.viewerId };
  }

  tell(status: number, body: object, headers: Record<string, string> = {}) {
    return call(this.api, "POST", "/api/playback/beat", status, {
      body,
      headers: { "user-agent": chrome, ...headers },
    });
  }

  /** What is kept of a viewer's plays of a stream, once all that was told is written. */
  async kept(streamId: string, viewerId: string) {
    await vi.waitFor(() => expect(this.api.deps.beats.book.waiting).toBe(0), 10_000);
    await this.api.settled();
    const of = (table: typeof plays | typeof playMinutes) =>
      and(eq(table.streamId, streamId), eq(table.viewerId, viewerId));
    const { db } = this.api.deps;
    return {
      plays: await db.select().from(plays).where(of(plays)).orderBy(plays.playId),
      minutes: await db.select().from(playMinutes).where(of(playMinutes)).orderBy(playMinutes.minute),
    };
  }
}

/** As `kept` answers where nothing is. */
export const nothing = { plays: [], minutes: [] };
