import { violatedConstraint } from "../../db/constraint-errors.ts";
import { Problem } from "../../protocol/problem.ts";

/** Throws what the constraints on accounts mean to a client. */
export function asAccountProblem(error: unknown): never {
  const constraint = violatedConstraint(error)?.constraint;
  if (constraint === "users_last_admin") {
    throw new Problem("last-admin", { detail: "Make someone else an admin first." });
  }
  throw constraint === "users_email_taken" ? new Problem("email-taken") : error;
}
