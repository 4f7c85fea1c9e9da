import { type ProblemCode, type ProblemOptions, problemBody } from "../../edge/protocol/problem.ts";

/** A named location that answers a problem, for what nginx has to say itself. `headers` are directives. */
export function problemLocation(
  name: `@${string}`,
  code: ProblemCode,
  options: ProblemOptions = {},
  headers: string[] = [],
): string {
  const body = problemBody(code, options);
  const retryAfter =
    options.retryAfterSeconds === undefined
      ? []
      : [`add_header Retry-After ${options.retryAfterSeconds} always;`];
  const lines = ["add_header Cache-Control no-store always;", ...retryAfter, ...headers];
  return `    location ${name} {
      # Not what the path's ending says.
      types { }
      default_type application/problem+json;
      ${lines.join("\n      ")}
      return ${body.status} '${JSON.stringify(body)}';
    }`;
}
