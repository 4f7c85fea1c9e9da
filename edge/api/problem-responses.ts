import type { ErrorHandler, NotFoundHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { isDatabaseAway, isUnstorableText, loggableCause } from "../db/constraint-errors.ts";
import { describeError } from "../protocol/log.ts";
import { Problem, type ProblemBody, type ProblemCode } from "../protocol/problem.ts";
import type { ApiContext, ApiEnv } from "./request-context.ts";

/** Every error becomes a problem (RFC 9457); what is not one is logged with its cause and answered without it. */
export const answerError: ErrorHandler<ApiEnv> = (error, c) => {
  const problem = asProblem(error);
  const log = c.var.log;
  if (problem.status >= 500) {
    const cause = error instanceof Problem ? (error.options.cause ?? error) : error;
    log?.[problem.code === "internal" ? "error" : "warn"]("request-failed", {
      method: c.req.method,
      path: c.req.path.slice(0, 500),
      problem: problem.code,
      error: describeError(loggableCause(cause)),
    });
  }
  return problemResponse(c, problem);
};

export const answerNotFound: NotFoundHandler<ApiEnv> = (c) => problemResponse(c, new Problem("not-found"));

/** `instance` names this occurrence by its request id, as the log line does. */
export function problemResponse(c: ApiContext, problem: Problem): Response {
  const requestId = c.var.requestId;
  const body: ProblemBody = problem.body(requestId ? `/requests/${requestId}` : undefined);
  const retryAfter = problem.options.retryAfterSeconds;
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(problem.status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...(retryAfter === undefined ? {} : { "retry-after": String(Math.ceil(retryAfter)) }),
    },
  });
}

function asProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) return new Problem(codesOfStatus[error.status] ?? "malformed");
  if (isDatabaseAway(error)) {
    return new Problem("unavailable", {
      detail: "The database is away.",
      retryAfterSeconds: 2,
      cause: error,
    });
  }
  // workerd's words for a body that will never be whole; nobody is there to read the answer.
  if (error instanceof TypeError && /client disconnected/.test(error.message))
    return new Problem("malformed");
  if (isUnstorableText(error)) {
    return new Problem("invalid", { detail: "A text has characters that cannot be kept." });
  }
  return new Problem("internal", { cause: error });
}

/** What Hono itself throws. */
const codesOfStatus: Partial<Record<number, ProblemCode>> = {
  400: "malformed",
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
  405: "method-not-allowed",
  413: "too-large",
  415: "unsupported-media-type",
};
