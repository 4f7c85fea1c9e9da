/** What was answered under which key, for a day. PostgreSQL decides between requests that come at once. */
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { idempotencyKeys } from "../../db/schema/operations-tables.ts";

/** What a key belongs to: whose it is, and for which operation. */
export interface KeyScope {
  caller: string;
  operation: string;
  key: string;
}

export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export type Claim =
  | { kind: "first" }
  | { kind: "replay"; answer: KeptAnswer }
  | { kind: "in-flight" }
  | { kind: "secret" }
  | { kind: "mismatch" };

export const keptMs = 24 * 3600 * 1000;
/** Longer than any request here takes: who holds a key longer has died, and the next request takes it over. */
const heldMs = 60_000;

/** Takes the key for `holder`, or says what became of it. */
export async function claimKey(
  db: Database,
  scope: KeyScope,
  requestHash: string,
  holder: string,
  now: Date,
): Promise<Claim> {
  const { caller, operation, key } = scope;
  const fresh = { requestHash, holder, heldUntil: new Date(now.getTime() + heldMs), createdAt: now };
  const isDead = sql`${idempotencyKeys.state} = 'in-flight' and ${idempotencyKeys.heldUntil} < ${now.toISOString()}
    and ${idempotencyKeys.requestHash} = ${requestHash}`;
  const isOld = sql`${idempotencyKeys.createdAt} < ${new Date(now.getTime() - keptMs).toISOString()}`;
  // The second round is for a key that was given back between the two statements.
  for (let round = 0; round < 3; round++) {
    const taken = await db
      .insert(idempotencyKeys)
      .values({ caller, operation, key, ...fresh })
      .onConflictDoUpdate({
        target: [idempotencyKeys.caller, idempotencyKeys.operation, idempotencyKeys.key],
        set: { ...fresh, state: "in-flight", status: null, headers: null, body: null },
        setWhere: sql`(${isDead}) or (${isOld})`,
      })
      .returning({ key: idempotencyKeys.key });
    if (taken.length > 0) return { kind: "first" };
    const [row] = await db.select().from(idempotencyKeys).where(isScope(scope));
    if (row) return judge(row, requestHash);
  }
  return { kind: "in-flight" };
}

function judge(row: typeof idempotencyKeys.$inferSelect, requestHash: string): Claim {
  if (row.requestHash !== requestHash) return { kind: "mismatch" };
  if (row.state !== "done") return { kind: row.state };
  return {
    kind: "replay",
    answer: { status: row.status!, headers: row.headers ?? {}, body: row.body ?? "" },
  };
}

/** Keeps the answer, or, where it is null, only that there was one. */
export async function keepAnswer(
  db: Database,
  scope: KeyScope,
  holder: string,
  answer: KeptAnswer | null,
): Promise<void> {
  await db
    .update(idempotencyKeys)
    .set(answer === null ? { state: "secret" } : { state: "done", ...answer })
    .where(and(isScope(scope), eq(idempotencyKeys.holder, holder)));
}

/** Gives back a key under which nothing was done. */
export async function releaseKey(db: Database, scope: KeyScope, holder: string): Promise<void> {
  await db.delete(idempotencyKeys).where(and(isScope(scope), eq(idempotencyKeys.holder, holder)));
}

/** Deletes some of what is older than a day. */
export async function forgetOldKeys(db: Database, now: Date): Promise<void> {
  const before = new Date(now.getTime() - keptMs).toISOString();
  await db.execute(sql`
    delete from ${idempotencyKeys} where ctid = any (array(
      select ctid from ${idempotencyKeys} where created_at < ${before} order by created_at limit 500))`);
}

function isScope({ caller, operation, key }: KeyScope) {
  return and(
    eq(idempotencyKeys.caller, caller),
    eq(idempotencyKeys.operation, operation),
    eq(idempotencyKeys.key, key),
  );
}
