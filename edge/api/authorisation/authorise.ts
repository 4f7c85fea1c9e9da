import type { MiddlewareHandler } from "hono";
import { Problem } from "../../protocol/problem.ts";
import { authenticate } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { requireJsonBody } from "../json-body.ts";
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

/** As `accessOf`, for an operation whose subject is a session or was said in one. */
export function sessionAccessOf(c: ApiContext) {
  const { sessionId } = accessOf(c);
  if (sessionId === null) throw new Error("The operation has no session.");
  return { sessionId, ...eventAccessOf(c) };
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
  const subjectId = rule.inBody ? await namedInBody(c, rule.inBody) : c.req.param(rule.parameter ?? "id");
  const { facts, found } = await findSubject(deps.db, rule.subject, subjectId, principal, deps.clock());
  const refused = refusal(rule, facts);
  if (refused) throw new Problem(refused);
  c.set("access", found);
}

/** Throws `invalid` for a body that names nothing, as its schema would behind the gate. */
async function namedInBody(c: ApiContext, field: string): Promise<string> {
  // Hono keeps the text, so the validators behind read the same copy.
  await requireJsonBody(c);
  const body: unknown = await c.req.json().catch(() => {
    throw new Problem("malformed");
  });
  const id = isRecord(body) && Object.hasOwn(body, field) ? body[field] : undefined;
  if (typeof id === "string") return id;
  throw new Problem("invalid", { errors: [{ pointer: `/${field}`, detail: "is missing" }] });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

const anything = { own: false, sees: true, standing: null };
