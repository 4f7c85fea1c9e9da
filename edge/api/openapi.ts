import type { Hono, MiddlewareHandler } from "hono";
import { describeRoute, generateSpecs, resolver, uniqueSymbol } from "hono-openapi";
import type * as v from "valibot";
import { ProblemBody, type ProblemCode, problemCatalogue } from "../protocol/problem.ts";
import type { ApiEnv } from "./request-context.ts";

export interface OperationDescription {
  /** What it does, in a few words: "Create a stream". */
  summary: string;
  tag: string;
  description?: string;
  /** Success answers by status: a sentence, and the body's schema where there is one. */
  answers: Record<number, { description: string; schema?: v.GenericSchema; contentType?: string }>;
  /** Problems beyond those that any request can meet. */
  problems?: ProblemCode[];
  /** Who may call: `anyone` may, `optional` is shown more when signed in, `signed-in` must be. */
  caller: "anyone" | "optional" | "signed-in";
}

const credentials = [{ bearer: [] }, { cookie: [] }];

/** Every problem an operation documents: its own, and those that any request can meet. */
export function documentedProblems({ problems, caller }: OperationDescription): ProblemCode[] {
  const credentials = caller === "anyone" ? [] : (["unauthenticated"] as const);
  return [...(problems ?? []), ...credentials, "internal", "unavailable"];
}

/** Documents one operation. Put it first among the route's handlers. */
export function operation(description: OperationDescription): MiddlewareHandler<ApiEnv> {
  const { summary, tag, answers, caller } = description;
  const documented = describeRoute({
    summary,
    tags: [tag],
    ...(description.description ? { description: description.description } : {}),
    security: caller === "anyone" ? [] : caller === "optional" ? [{}, ...credentials] : credentials,
    responses: { ...describeAnswers(answers), ...describeProblems(documentedProblems(description)) },
  });
  const handler: MiddlewareHandler<ApiEnv> = async (c, next) => {
    c.set("operation", description);
    await next();
  };
  // What hono-openapi finds a route's documentation by.
  return Object.assign(handler, {
    [uniqueSymbol]: (documented as unknown as Record<symbol, unknown>)[uniqueSymbol],
  });
}

function describeAnswers(answers: OperationDescription["answers"]) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, contentType }]) => [
      status,
      schema
        ? { description, content: { [contentType ?? "application/json"]: { schema: resolver(schema) } } }
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
        content: { "application/problem+json": { schema: resolver(ProblemBody) } },
      },
    ]),
  );
}

/** The OpenAPI 3.1 document of an application. */
export function describeApplication(app: Hono<ApiEnv>) {
  return generateSpecs(app, {
    // Failures of validation answer our own problems, which each operation names.
    defaultValidationErrorResponse: false,
    // `/calendar.ics` is an operation, not a file.
    excludeStaticFile: false,
    documentation: {
      info: {
        title: "Rostrum",
        version: "1",
        description:
          "Live video events. Every error is an `application/problem+json` whose `type` never changes its meaning.",
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
}
