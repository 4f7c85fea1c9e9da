import * as v from "valibot";
import { Instant, identifier } from "./identifier.ts";

/** One act of the staff: who did what to what, and when. */
export const AuditEntry = v.pipe(
  v.object({
    id: identifier("auditEntry"),
    at: Instant,
    /** Null: the operator at the command line. */
    actorId: v.nullable(identifier("user")),
    /** Such as `event.updated`: what it concerns, and what happened to it. */
    action: v.string(),
    subject: v.object({ kind: v.string(), id: v.string() }),
    eventId: v.nullable(v.string()),
    /** What else is worth knowing, such as the fields that changed; never a secret. */
    detail: v.record(v.string(), v.unknown()),
    requestId: v.nullable(v.string()),
  }),
  v.metadata({ ref: "AuditEntry" }),
);
export type AuditEntry = v.InferOutput<typeof AuditEntry>;
