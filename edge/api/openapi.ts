import type { Hono, MiddlewareHandler } from "hono";
import { describeRoute, generateSpecs, resolver, uniqueSymbol } from "hono-openapi";
import type * as v from "valibot";
import { ProblemBody, type ProblemCode, problemBody, problemCatalogue } from "../protocol/problem.ts";
import { refusalsOf } from "./authorisation/access-rule.ts";
import { describeAccess } from "./authorisation/describe-access.ts";
import { type OperationId, ruleOf } from "./authorisation/operations.ts";
import { documentExamples } from "./docs/document-examples.ts";
import { documentFigures } from "./docs/document-figures.ts";
import { idempotencyHeader } from "./idempotency/answer-once.ts";
import { documentIdempotency } from "./idempotency/idempotency-documentation.ts";
import type { ApiEnv } from "./request-context.ts";

export interface OperationDescription {
  /** Its row in the table of who may do what. */
  id: OperationId;
  /** What it does, in a few words: "Create a stream". */
  summary: string;
  tag: string;
  description?: string;
  /** Content types of a body that is no JSON; a JSON body is documented by `validate()`. */
  binaryBody?: readonly string[];
  /** Success answers by status: a sentence, and the body's schema where there is one. */
  answers: Record<number, { description: string; schema?: v.GenericSchema; contentType?: string }>;
  /**
   * `read`: the answer has an `ETag`, and `If-None-Match` is understood. `write`: `If-Match` is, against lost updates.
   */
  conditional?: "read" | "write";
  /** The answer to a POST holds a key, a token or a ticket, and is not kept for its Idempotency-Key. */
  secretAnswer?: boolean;
  /** A POST that is idempotent by itself, and whose Idempotency-Key is not looked at. */
  noReplay?: boolean;
  /** So many come that no line is written of one that fares as it should; metrics count them. */
  isUnlogged?: boolean;
  /** Problems beyond those that any request can meet and those by which the table refuses. */
  problems?: ProblemCode[];
}

/** Every problem an operation documents: its own, how the table refuses, and what any request can meet. */
export function documentedProblems({ id, problems, conditional }: OperationDescription): ProblemCode[] {
  const rule = ruleOf(id);
  // A write by the pages' cookie that another site started.
  const foreignWrite = rule.who === "anyone" ? [] : (["forbidden"] as const);
  const lostUpdate = conditional === "write" ? (["changed-meanwhile"] as const) : [];
  return [
    ...(problems ?? []),
    ...refusalsOf(rule),
    ...foreignWrite,
    ...lostUpdate,
    "internal",
    "unavailable",
  ];
}

/** Documents one operation and lets in whom its row allows. Put it first among the route's handlers. */
export function operation(description: OperationDescription): MiddlewareHandler<ApiEnv> {
  const { id, summary, tag, answers, conditional, binaryBody } = description;
  const rule = ruleOf(id);
  const access = describeAccess(rule);
  const documented = describeRoute({
    operationId: id,
    summary,
    tags: [tag],
    description: [description.description, access.sentence].filter(Boolean).join("\n\n"),
    security: access.security,
    responses: {
      ...describeAnswers(answers),
      ...(conditional === "read" ? { 304: { description: "You have it already" } } : {}),
      ...describeProblems(documentedProblems(description)),
    },
    ...(description.noReplay ? { "x-no-replay": true } : {}),
    ...(description.secretAnswer ? { "x-secret-answer": true } : {}),
    ...(conditional ? { parameters: [conditionalHeaders[conditional]] } : {}),
    ...(binaryBody
      ? {
          requestBody: {
            required: true,
            // OpenAPI 3.1: raw bytes are a media type without a schema.
            content: Object.fromEntries(binaryBody.map((type) => [type, {}])),
          },
        }
      : {}),
    ...({ "x-access": access.callers } as object),
  });
  const handler: MiddlewareHandler<ApiEnv> = async (c, next) => {
    c.set("operation", description);
    if (!c.var.authorise) throw new Error("The application has no gate.");
    await c.var.authorise(c, id);
    const { answerOnce } = c.var;
    const hasKey = c.req.method === "POST" && c.req.header(idempotencyHeader) !== undefined;
    if (answerOnce && hasKey && !description.noReplay) return answerOnce(c, description, next);
    await next();
  };
  // What hono-openapi finds a route's documentation by.
  return Object.assign(handler, {
    [uniqueSymbol]: (documented as unknown as Record<symbol, unknown>)[uniqueSymbol],
  });
}

const conditionalHeaders = {
  read: {
    in: "header",
    name: "If-None-Match",
    description: "The `ETag` of what you have: the answer is 304 where nothing has changed.",
    schema: { type: "string" },
  },
  write: {
    in: "header",
    name: "If-Match",
    description: "The `ETag` that you decided by: the answer is 412 where someone has edited meanwhile.",
    schema: { type: "string" },
  },
} as const;

function describeAnswers(answers: OperationDescription["answers"]) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, contentType }]) => [
      status,
      schema
        ? { description, content: { [contentType ?? "application/json"]: { schema: resolver(schema) } } }
        : contentType
          ? { description, content: { [contentType]: {} } }
          : { description },
    ]),
  );
}

/** One response for each status; its description lists the types a client can switch on. */
function describeProblems(codes: ProblemCode[]) {
  const byStatus = new Map<number, Set<ProblemCode>>();
  for (const code of codes) {
    const { status } = problemCatalogue[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  return Object.fromEntries(
    [...byStatus].map(([status, set]) => [
      String(status),
      {
        description: [...set]
          .map((code) => `\`/problems/${code}\`: ${problemCatalogue[code].title}`)
          .join("; "),
        content: {
          "application/problem+json": { schema: resolver(ProblemBody), examples: problemExamples(set) },
        },
      },
    ]),
  );
}

/** What each of these problems looks like, by its code. */
function problemExamples(codes: Iterable<ProblemCode>) {
  return Object.fromEntries([...codes].map((code) => [code, { value: problemBody(code) }]));
}

const introduction = `Live video events.

- **Errors** are \`application/problem+json\` (RFC 9457); \`type\` never changes its meaning, so switch on it.
- **Who you are**: \`Authorization: Bearer <token>\` from a login, or the pages' cookie. Each operation says who may call it; what is not yours to see is not there (404), what you see and may not do is refused (403).
- **Lists** are \`{items, nextCursor}\`; pass \`cursor\` on until it is null. Pages neither repeat nor leave out what was there when you began.
- **Sending a POST again**: with an \`Idempotency-Key\` it is answered as the first time, for a day. An answer that held a secret is not kept: its replay is a 409.
- **Editing**: send the \`ETag\` you decided by as \`If-Match\`, and a 412 tells you that someone was faster. \`If-None-Match\` spares you what you have.
- **Times** are ISO 8601 in UTC, with \`Z\`.`;

/** The OpenAPI 3.1 document of an application. */
export async function describeApplication(app: Hono<ApiEnv>) {
  const document = await generateSpecs(app, {
    // Failures of validation answer our own problems, which each operation names.
    defaultValidationErrorResponse: false,
    // `/calendar.ics` is an operation, not a file.
    excludeStaticFile: false,
    documentation: {
      info: {
        title: "Rostrum",
        version: "1",
        description: introduction,
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/" }],
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
          cookie: { type: "apiKey", in: "cookie", name: "rostrum_session" },
        },
      },
    },
  });
  documentIdempotency(document);
  documentExamples(document);
  documentFigures(document);
  return document;
}
