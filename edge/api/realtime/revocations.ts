/**
 * Ends what somebody's open sockets may do. HTTP asks the database each time; a socket was let in once, so its gateway
 * has to be told: at once by a call, and by rows that gateways read each second in case the call was lost.
 */
import { asc, gt, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { socketRevocations } from "../../db/schema/accounts-tables.ts";
import type { RevocationsResponse, RevokeRequest } from "../../protocol/internal-rooms.ts";
import type { ApiDependencies } from "../dependencies.ts";

/** What is to end; without `loginId` and `eventId` every socket of the user. */
export type Revocation = Omit<RevokeRequest, "id">;

/** A revocation that began earlier may become visible later, by as long as a transaction may take. */
const overlapMs = 20_000;
const keptMs = 3_600_000;
const pageSize = 5000;

/**
 * Writes them down, in the transaction of the act that they follow from. Hand the answer to `tellGateways` when the
 * transaction has ended, and not before.
 */
export async function recordRevocations(
  db: Database,
  revocations: readonly Revocation[],
): Promise<RevokeRequest[]> {
  if (revocations.length === 0) return [];
  const rows = await db
    .insert(socketRevocations)
    // The database's clock: several API processes write, and one of them answers.
    .values(revocations.map((revocation) => ({ ...revocation, at: sql`clock_timestamp()` })))
    .returning({ id: socketRevocations.id });
  await db.execute(sql`
    delete from socket_revocations where id in (
      select id from socket_revocations where at < now() - make_interval(secs => ${keptMs / 1000})
      order by at limit 100 for update skip locked
    )`);
  return revocations.map((revocation, index) => ({ ...revocation, id: rows[index]!.id }));
}

/** Nobody waits for the rooms: what they miss they read. */
export function tellGateways(
  deps: Pick<ApiDependencies, "rooms" | "waitUntil">,
  requests: readonly RevokeRequest[],
): void {
  deps.waitUntil(Promise.all(requests.map((request) => deps.rooms.revoke(request))));
}

/** What came since, and some seconds before. `since` is an earlier answer's `now`, or null at a gateway's start. */
export async function readRevocations(db: Database, since: Date | null): Promise<RevocationsResponse> {
  const [clock] = await db.execute<{ now: string }>(
    sql`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now`,
  );
  const now = new Date(clock!.now);
  const from = new Date(Math.min((since ?? now).getTime(), now.getTime()) - overlapMs);
  const rows = await db
    .select()
    .from(socketRevocations)
    .where(gt(socketRevocations.at, from))
    .orderBy(asc(socketRevocations.at), asc(socketRevocations.id))
    .limit(pageSize);
  // The rest of a full page is read from its end on.
  const last = rows.length === pageSize ? rows.at(-1)!.at.getTime() + overlapMs : now.getTime();
  return {
    now: new Date(Math.min(last, now.getTime())).toISOString(),
    revocations: rows.map(({ id, userId, loginId, eventId, code, at }) => ({
      id,
      at: at.toISOString(),
      userId,
      ...(loginId === null ? {} : { loginId }),
      ...(eventId === null ? {} : { eventId }),
      code,
    })),
  };
}
