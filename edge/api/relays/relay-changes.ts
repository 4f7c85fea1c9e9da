/** What people do to relays. The node that carries the stream is told in the same transaction. */
import { and, eq, sql } from "drizzle-orm";
import type * as v from "valibot";
import { openSecret, sealSecret } from "../../auth/sealed-secret.ts";
import type { Database } from "../../db/open-database.ts";
import { relays } from "../../db/schema/aftermath-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { type CreateRelayRequest, readRelayUrl, type UpdateRelayRequest } from "../../protocol/relays.ts";
import { orderNode } from "../streams/node-orders.ts";
import { streamColumns } from "../streams/stream-columns.ts";
import type { RelayRow } from "./relay-queries.ts";

/** Needs a transaction. Throws `not-found` when the stream has gone meanwhile. */
export async function createRelay(
  tx: Database,
  jwtSecret: string,
  streamId: string,
  { name, url, key, enabled }: v.InferOutput<typeof CreateRelayRequest>,
): Promise<RelayRow> {
  await tellNode(tx, streamId);
  const id = newIdentifier("relay");
  const sealedKey = await sealRelayKey(jwtSecret, id, key);
  const [row] = await tx.insert(relays).values({ id, streamId, name, url, enabled, sealedKey }).returning();
  return row!;
}

/**
 * Needs a transaction. Answers the names of what changed, too. Throws `not-found`, and `invalid` for another host without
 * a key: whoever may edit a relay may not read its key by having it sent to themselves.
 */
export async function updateRelay(
  tx: Database,
  jwtSecret: string,
  streamId: string,
  relayId: string,
  { name, url, key, enabled }: v.InferOutput<typeof UpdateRelayRequest>,
): Promise<{ row: RelayRow; changed: string[] }> {
  await tellNode(tx, streamId);
  const isIt = and(eq(relays.id, relayId), eq(relays.streamId, streamId));
  const [before] = await tx.select().from(relays).where(isIt).for("update");
  if (before === undefined) throw new Problem("not-found");
  if (key === undefined && url !== undefined && goesElsewhere(before.url, url)) {
    const detail = "must be given again with an address on another host";
    throw new Problem("invalid", { errors: [{ pointer: "/key", detail }] });
  }
  const change = {
    ...(name === undefined || name === before.name ? {} : { name }),
    ...(url === undefined || url === before.url ? {} : { url }),
    ...(enabled === undefined || enabled === before.enabled ? {} : { enabled }),
    ...(key === undefined ? {} : { sealedKey: await sealRelayKey(jwtSecret, relayId, key) }),
  };
  const changed = Object.keys(change).map((field) => (field === "sealedKey" ? "key" : field));
  if (changed.length === 0) return { row: before, changed };
  // A new name alone changes nothing of what is sent: what runs goes on.
  const isOnlyName = changed.every((field) => field === "name");
  const renewed = isOnlyName ? {} : { version: sql`${relays.version} + 1`, ...unreported };
  const [row] = await tx
    .update(relays)
    .set({ ...change, ...renewed })
    .where(isIt)
    .returning();
  return { row: row!, changed };
}

/** Needs a transaction. Throws `not-found`. */
export async function deleteRelay(tx: Database, streamId: string, relayId: string): Promise<RelayRow> {
  await tellNode(tx, streamId);
  const [row] = await tx
    .delete(relays)
    .where(and(eq(relays.id, relayId), eq(relays.streamId, streamId)))
    .returning();
  if (row === undefined) throw new Problem("not-found");
  return row;
}

/** Null when it was sealed under another secret. */
export function openRelayKey(
  jwtSecret: string,
  { id, sealedKey }: Pick<RelayRow, "id" | "sealedKey">,
): Promise<string | null> {
  return openSecret(jwtSecret, "relay-key", id, sealedKey);
}

function sealRelayKey(jwtSecret: string, relayId: string, key: string): Promise<string> {
  return sealSecret(jwtSecret, "relay-key", relayId, key);
}

/** What was said of the former address or key is not true of the new one. */
const unreported = { status: "idle", error: null, bitrateKbps: null, attempts: 0, liveSince: null } as const;

function goesElsewhere(before: string, after: string): boolean {
  const [old, next] = [readRelayUrl(before), readRelayUrl(after)];
  // Also from RTMPS to RTMP, which shows the key to whoever listens on the way.
  return old?.host !== next?.host || (old?.secure === true && next?.secure !== true);
}

/** Holds the stream's row until the transaction ends, so that its node is the one that will read the change. */
async function tellNode(tx: Database, streamId: string): Promise<void> {
  const [stream] = await tx.select(streamColumns).from(streams).where(eq(streams.id, streamId)).for("update");
  if (stream === undefined) throw new Problem("not-found");
  await orderNode(tx, stream, "relays");
}
