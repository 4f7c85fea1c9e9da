import type { Database } from "../../db/open-database.ts";
import { auditLog } from "../../db/schema/operations-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { ApiContext } from "../request-context.ts";

export interface AuditAct {
  /** What it concerns and what happened, as `event.updated`, `user.role-changed`, `stream.key-regenerated`. */
  action: `${string}.${string}`;
  subject: { kind: string; id: string };
  eventId?: string | null;
  /** Names of changed fields, a role before and after; never a secret, never what someone wrote at length. */
  detail?: Record<string, string | number | boolean | null | readonly string[]>;
}

/**
 * Writes down what the caller did. Hand in the transaction that does it: an act without its entry, or an entry
 * without its act, must not be.
 */
export async function audit(transaction: Database, c: ApiContext, act: AuditAct): Promise<void> {
  await auditAs(transaction, c.var.principal?.user.id ?? null, act, c.var.requestId);
}

/** As `audit`, where no request is: `actorId` null is the operator at the command line. */
export async function auditAs(
  transaction: Database,
  actorId: string | null,
  { action, subject, eventId, detail }: AuditAct,
  requestId: string | null = null,
): Promise<void> {
  await transaction.insert(auditLog).values({
    id: newIdentifier("auditEntry"),
    actorId,
    action,
    subjectKind: subject.kind,
    subjectId: subject.id,
    eventId: eventId ?? (subject.kind === "event" ? subject.id : null),
    detail: detail ?? {},
    requestId,
  });
}
