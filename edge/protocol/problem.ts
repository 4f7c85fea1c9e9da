import * as v from "valibot";

/** Every problem a client can meet; the key is the last part of `type` and never changes (RFC 9457). */
export const problemCatalogue = {
  malformed: { status: 400, title: "The request is malformed" },
  "bad-credentials": { status: 401, title: "The credentials are wrong" },
  unauthenticated: { status: 401, title: "Sign in first" },
  forbidden: { status: 403, title: "You may not do this" },
  banned: { status: 403, title: "You are banned from this event" },
  "wrong-access-code": { status: 403, title: "The access code is wrong" },
  "read-only": { status: 403, title: "This connection may only read" },
  "not-found": { status: 404, title: "There is nothing here" },
  "method-not-allowed": { status: 405, title: "This method is not allowed here" },
  conflict: { status: 409, title: "This conflicts with the present state" },
  "email-taken": { status: 409, title: "An account with this email exists" },
  "last-admin": { status: 409, title: "The last admin stays an admin" },
  "event-full": { status: 409, title: "The event is full" },
  "event-over": { status: 409, title: "The event is over" },
  "already-done": { status: 409, title: "This was done before, and its answer held a secret" },
  "in-progress": { status: 409, title: "The first request with this key is still under way" },
  "slug-taken": { status: 409, title: "Another event has this slug" },
  "illegal-move": { status: 409, title: "The status cannot change like this" },
  "sessions-outside": { status: 409, title: "A session would lie outside its event" },
  "stream-running": { status: 409, title: "This cannot change while the stream is running" },
  "session-has-stream": { status: 409, title: "The session has a stream already" },
  "changed-meanwhile": { status: 412, title: "Someone has changed this meanwhile" },
  "too-large": { status: 413, title: "The request is too large" },
  "unsupported-media-type": { status: 415, title: "This content type is not understood here" },
  invalid: { status: 422, title: "The request is not valid" },
  "idempotency-mismatch": { status: 422, title: "The idempotency key was used with another body" },
  "chat-disabled": { status: 409, title: "Chat is switched off in this session" },
  "questions-disabled": { status: 409, title: "Questions are switched off in this session" },
  "polls-disabled": { status: 409, title: "Polls are switched off in this session" },
  "poll-not-open": { status: 409, title: "The poll is not open" },
  "said-already": { status: 409, title: "You have just said this" },
  "words-refused": { status: 422, title: "The text has words that are not allowed here" },
  muted: { status: 403, title: "You are muted" },
  "too-many-requests": { status: 429, title: "Too many requests" },
  "too-many-sockets": { status: 429, title: "Too many connections" },
  internal: { status: 500, title: "Something went wrong" },
  unavailable: { status: 503, title: "A part of the service is away" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problemCatalogue;

export const ProblemBody = v.pipe(
  v.object({
    type: v.pipe(v.string(), v.startsWith("/problems/")),
    title: v.string(),
    status: v.pipe(v.number(), v.integer()),
    detail: v.optional(v.string()),
    instance: v.optional(v.string()),
    retryAfterSeconds: v.optional(v.number()),
    errors: v.optional(v.array(v.object({ pointer: v.string(), detail: v.string() }))),
  }),
  v.metadata({ ref: "Problem" }),
);
export type ProblemBody = v.InferOutput<typeof ProblemBody>;

export interface ProblemOptions {
  detail?: string;
  /** Seconds after which a retry may succeed; becomes `Retry-After` in HTTP. */
  retryAfterSeconds?: number;
  errors?: { pointer: string; detail: string }[];
  cause?: unknown;
}

/** What handlers throw, and nothing else. The same body travels in HTTP answers and in WebSocket frames. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly status: number;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(problemCatalogue[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = problemCatalogue[code].status;
    this.options = options;
  }

  body(instance?: string): ProblemBody {
    return problemBody(this.code, this.options, instance);
  }
}

export function problemBody(code: ProblemCode, options: ProblemOptions = {}, instance?: string): ProblemBody {
  const { status, title } = problemCatalogue[code];
  return {
    type: `/problems/${code}`,
    title,
    status,
    ...(options.detail === undefined ? {} : { detail: options.detail }),
    ...(instance === undefined ? {} : { instance }),
    ...(options.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: options.retryAfterSeconds }),
    ...(options.errors === undefined ? {} : { errors: options.errors }),
  };
}

/** The issues of a failed valibot parse as a problem's `errors`; input values are never echoed. */
export function problemErrors(
  issues: readonly v.BaseIssue<unknown>[],
): { pointer: string; detail: string }[] {
  return issues.slice(0, 20).map((issue) => ({
    pointer: `/${(issue.path ?? []).map((item) => String(item.key).slice(0, 100)).join("/")}`,
    detail: expectation(issue),
  }));
}

/** A sentence without the received value: it may be a password. */
function expectation(issue: v.BaseIssue<unknown>): string {
  const received = issue.message.indexOf(" but received");
  return (received < 0 ? issue.message : issue.message.slice(0, received)).slice(0, 200);
}
