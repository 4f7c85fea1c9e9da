import { type ProblemBody, type ProblemCode, type ProblemOptions, problemBody } from "../protocol/problem.ts";

/** `application/problem+json` (RFC 9457), with `Retry-After` where the problem says when. */
export function problemResponse(code: ProblemCode, options: ProblemOptions = {}): Response {
  return bodyResponse(problemBody(code, options));
}

export function bodyResponse(body: ProblemBody): Response {
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (body.retryAfterSeconds !== undefined) headers.set("retry-after", String(body.retryAfterSeconds));
  return new Response(JSON.stringify(body), { status: body.status, headers });
}

/** What clients are told when something behind the rooms is away. */
export function unavailable(detail?: string): ProblemBody {
  return problemBody("unavailable", { retryAfterSeconds: 2, ...(detail === undefined ? {} : { detail }) });
}

/** What a client is told that acts in a session it has not joined. */
export function notJoined(): ProblemBody {
  return problemBody("forbidden", { detail: "Join the session first" });
}
