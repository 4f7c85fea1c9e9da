import type { Context, MiddlewareHandler } from "hono";
import { newIdentifier } from "../protocol/identifier.ts";
import type { Log } from "../protocol/log.ts";
import type { Principal } from "./authentication.ts";
import type { Authorise } from "./authorisation/authorise.ts";
import type { FoundSubject } from "./authorisation/subject-facts.ts";
import type { AnswerOnce } from "./idempotency/answer-once.ts";
import type { OperationDescription } from "./openapi.ts";

export interface ApiVariables {
  requestId: string;
  log: Log;
  /** Who calls, or null for anyone; set when the operation lets the request in. */
  principal: Principal | null;
  /** The gate that `operation()` asks; an application without one lets nobody in. */
  authorise?: Authorise;
  /** What `operation()` answers a POST with an Idempotency-Key by. */
  answerOnce?: AnswerOnce;
  /** What the gate found; read with `accessOf(c)`. */
  access?: FoundSubject;
  /** The operation that answers, as documented; what tests hold answers against. */
  operation?: OperationDescription;
}
export type ApiEnv = { Variables: ApiVariables };
export type ApiContext = Context<ApiEnv>;

/** Headers that only the entry Worker sets; whatever a client sent under these names is deleted there. */
export const trustedHeaders = {
  clientAddress: "x-rostrum-client-address",
  scheme: "x-rostrum-scheme",
  requestId: "x-request-id",
} as const;

/** The caller's address for limits and the list of devices; null where nobody said. */
export function clientAddress(c: ApiContext): string | null {
  return c.req.header(trustedHeaders.clientAddress)?.slice(0, 64) ?? null;
}

export function isHttps(c: ApiContext): boolean {
  return c.req.header(trustedHeaders.scheme) === "https";
}

/**
 * Gives each request an id and, when it is answered, one line in the log, unless its operation has none. Paths only: a
 * query may hold a token.
 */
export function requestLog(log: Log): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const given = c.req.header(trustedHeaders.requestId);
    const requestId = given && /^[\w.:-]{1,100}$/.test(given) ? given : newIdentifier("request");
    const startedAt = Date.now();
    c.set("requestId", requestId);
    c.set("log", log.with({ requestId }));
    c.set("principal", null);
    await next();
    await readLeftOver(c);
    c.res.headers.set("x-request-id", requestId);
    if (c.var.operation?.isUnlogged && c.res.status < 500) return;
    log.info("request", {
      requestId,
      method: c.req.method,
      // A path of a megabyte is answered, but not written down.
      path: c.req.path.slice(0, 500),
      status: c.res.status,
      durationMs: Date.now() - startedAt,
      ...(c.var.principal ? { userId: c.var.principal.user.id } : {}),
    });
  };
}

/**
 * A refusal often comes before the body was read, and the server then closes the connection after its answer, under
 * the next request of a client or proxy that keeps it open. A small rest is cheaper to read.
 */
async function readLeftOver(c: ApiContext): Promise<void> {
  const { raw } = c.req;
  const length = Number(c.req.header("content-length") ?? Number.NaN);
  if (!raw.body || raw.bodyUsed || !(length <= 65_536)) return;
  await raw.arrayBuffer().catch(() => {});
}
