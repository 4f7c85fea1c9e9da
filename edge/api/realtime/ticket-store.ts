import { inArray, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { realtimeTickets } from "../../db/schema/session-log-tables.ts";
import { randomBase64Url } from "../../protocol/identifier.ts";
import type { Viewer } from "../../protocol/internal-rooms.ts";

export const ticketSeconds = 60;

export function looksLikeTicket(token: string): boolean {
  return token.startsWith("tkt_");
}

/**
 * A ticket for one connection; its hash is kept, and a few that nobody used are cleared away. `process` is that of the
 * viewer's gateway, so that nginx can bring the ticket there; null where there is one only.
 */
export async function issueTicket(
  db: Database,
  viewer: Viewer,
  now: Date,
  process: number | null = null,
): Promise<string> {
  const ticket = `tkt_${process === null ? "" : `${process}_`}${randomBase64Url(24)}`;
  const expiresAt = new Date(now.getTime() + ticketSeconds * 1000);
  await db.insert(realtimeTickets).values({ tokenHash: await hash(ticket), viewer, expiresAt });
  await db.execute(sql`
    delete from realtime_tickets where token_hash in (
      select token_hash from realtime_tickets where expires_at < ${now.toISOString()}::timestamptz
      order by expires_at limit 5 for update skip locked
    )`);
  return ticket;
}

/** Uses tickets up. By ticket; without those that are unknown, used or expired. Of two callers at once one gets the viewer. */
export async function redeemTickets(
  db: Database,
  tickets: readonly string[],
  now: Date,
): Promise<Map<string, Viewer>> {
  if (tickets.length === 0) return new Map();
  const byHash = new Map(
    await Promise.all(tickets.map(async (ticket) => [await hash(ticket), ticket] as const)),
  );
  const rows = await db
    .delete(realtimeTickets)
    .where(inArray(realtimeTickets.tokenHash, [...byHash.keys()]))
    .returning();
  return new Map(
    rows.filter(({ expiresAt }) => expiresAt > now).map((row) => [byHash.get(row.tokenHash)!, row.viewer]),
  );
}

async function hash(ticket: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(ticket));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
