import { and, desc, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { auditLog } from "../../db/schema/operations-tables.ts";
import type { AuditEntry } from "../../protocol/audit.ts";

export interface AuditFilter {
  actorId?: string | undefined;
  action?: string | undefined;
  subjectId?: string | undefined;
  eventId?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  after?: { at: Date; id: string } | undefined;
  limit: number;
}

/** Newest first. `from` counts itself in, `to` does not. */
export async function listAuditEntries(db: Database, filter: AuditFilter): Promise<AuditEntry[]> {
  const { actorId, action, subjectId, eventId, from, to, after, limit } = filter;
  const conditions: (SQL | undefined)[] = [
    actorId === undefined ? undefined : eq(auditLog.actorId, actorId),
    action === undefined ? undefined : eq(auditLog.action, action),
    subjectId === undefined ? undefined : eq(auditLog.subjectId, subjectId),
    eventId === undefined ? undefined : eq(auditLog.eventId, eventId),
    from && gte(auditLog.at, from),
    to && lt(auditLog.at, to),
    after && sql`(${auditLog.at}, ${auditLog.id}) < (${after.at.toISOString()}::timestamptz, ${after.id})`,
  ];
  const rows = await db
    .select()
    .from(auditLog)
    .where(and(...conditions))
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(limit);
  return rows.map(({ subjectKind, subjectId: id, at, ...row }) => ({
    ...row,
    at: at.toISOString(),
    subject: { kind: subjectKind, id },
  }));
}
