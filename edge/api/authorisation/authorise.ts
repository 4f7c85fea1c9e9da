import type { MiddlewareHandler } from "hono";
import { Problem } from "../../protocol/problem.ts";
import { authenticate } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { ApiContext, ApiEnv } from "../request-context.ts";
import { refusal } from "./access-rule.ts";
import { type OperationId, ruleOf } from "./operations.ts";
import { type FoundSubject, findSubject } from "./subject-facts.ts";

/** Lets a request into an operation or throws the problem that answers it; what it found is `accessOf(c)`. */
export type Authorise = (c: ApiContext, id: OperationId) => Promise<void>;

/** Hands the application's routes their gate. */
export function authorisation(deps: ApiDependencies): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    c.set("authorise", (context, id) => authorise(deps, context, id));
    await next();
  };
}

/** For an application that only those with the internal key reach. */
export const openToKeyHolders: MiddlewareHandler<ApiEnv> = async (c, next) => {
  c.set("authorise", async () => {});
  await next();
};

/** What the path names and what the caller is to it, as the gate found it. */
export function accessOf(c: ApiContext): FoundSubject {
  const { access } = c.var;
  if (!access) throw new Error("The operation was not authorised.");
  return access;
}

/** As `accessOf`, for an operation whose subject stands in an event. */
export function eventAccessOf(c: ApiContext) {
  const { event, standing } = accessOf(c);
  if (!event) throw new Error("The operation has no event.");
  return { event, standing };
}

async function authorise(deps: ApiDependencies, c: ApiContext, id: OperationId): Promise<void> {
  const rule = ruleOf(id);
  const principal = rule.who === "anyone" ? null : await authenticate(deps, c);
  c.set("principal", principal);
  // Before anything is read: what is there is no business of someone who must sign in first.
  const unknown = refusal(rule, { globalRole: principal?.user.role ?? null, subject: anything });
  if (unknown === "unauthenticated") throw new Problem(unknown);
  const subjectId = c.req.param(rule.parameter ?? "id");
  const { facts, found } = await findSubject(deps.db, rule.subject, subjectId, principal, deps.clock());
  const refused = refusal(rule, facts);
  if (refused) throw new Problem(refused);
  c.set("access", found);
}

const anything = { own: false, sees: true, standing: null };
