/** What admins change of a stream. Each function needs a transaction. */
import { eq } from "drizzle-orm";
import { violatedConstraint } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import { Problem } from "../../protocol/problem.ts";
import type { UpdateStreamRequest } from "../../protocol/streams.ts";
import { isOver } from "../events/status-moves.ts";
import { deleteRecordingsOf } from "../recordings/recording-deletion.ts";
import { orderNode } from "./node-orders.ts";
import { revokePlayback } from "./stream-changes.ts";
import { streamColumns } from "./stream-columns.ts";
import type { StreamRow } from "./stream-representation.ts";
import { isRunning } from "./stream-status.ts";

export interface StreamUpdate {
  /** Names of the columns whose value changed. */
  changed: string[];
  /** The session it was bound to before, when that changed. */
  leftSessionId: string | null;
}

/**
 * The node that carries the stream learns of its window and of who may watch with its next heartbeat. Throws
 * `not-found`, `session-has-stream`, `invalid` (no such session), `event-over` (a running stream for an event that is
 * over) and `stream-running` (its latency mode is laid down for the broadcast).
 */
export async function updateStream(
  tx: Database,
  streamId: string,
  request: UpdateStreamRequest,
  requireUnchanged: (version: number) => void,
): Promise<StreamUpdate> {
  // The event before the stream, as everything that changes both.
  const target = request.sessionId ? await holdEventOf(tx, request.sessionId) : null;
  const row = await lockStream(tx, streamId);
  requireUnchanged(row.version);
  const entries = Object.entries(request) as [keyof UpdateStreamRequest, unknown][];
  const changes = entries.filter(([column, value]) => value !== undefined && value !== row[column]);
  const changed = changes.map(([column]) => column);
  if (isRunning(row.status)) {
    if (changed.includes("latencyMode")) {
      throw new Problem("stream-running", { detail: "End the stream, then change its latency mode." });
    }
    if (changed.includes("sessionId") && target && isOver(target.status)) throw new Problem("event-over");
  }
  if (changed.length === 0) return { changed, leftSessionId: null };
  try {
    await tx.update(streams).set(Object.fromEntries(changes)).where(eq(streams.id, streamId));
  } catch (error) {
    if (violatedConstraint(error)?.constraint === "streams_session_has_stream") {
      throw new Problem("session-has-stream");
    }
    throw error;
  }
  // The people of the event that it leaves are not those of the next one.
  if (changed.includes("sessionId")) await revokePlayback(tx, streamId);
  return { changed, leftSessionId: changed.includes("sessionId") ? row.sessionId : null };
}

/** Whoever publishes is cut, and the broadcast ends. Returns the stream as it was, ended. Throws `not-found`. */
export async function deleteStream(
  tx: Database,
  streamId: string,
  now: Date,
  requireUnchanged: (version: number) => void,
): Promise<StreamRow> {
  const row = await lockStream(tx, streamId);
  requireUnchanged(row.version);
  await deleteRecordingsOf(tx, row, now);
  await orderNode(tx, row, "end");
  await tx.delete(streams).where(eq(streams.id, streamId));
  return { ...row, status: "ended", endedAt: row.endedAt ?? now };
}

async function lockStream(tx: Database, streamId: string): Promise<StreamRow> {
  const [row] = await tx.select(streamColumns).from(streams).where(eq(streams.id, streamId)).for("update");
  if (!row) throw new Problem("not-found");
  return row;
}

async function holdEventOf(tx: Database, sessionId: string) {
  const [event] = await tx
    .select({ status: events.status })
    .from(sessions)
    .innerJoin(events, eq(events.id, sessions.eventId))
    .where(eq(sessions.id, sessionId))
    .for("share", { of: events });
  if (!event) {
    throw new Problem("invalid", { errors: [{ pointer: "/sessionId", detail: "is not a session" }] });
  }
  return event;
}
