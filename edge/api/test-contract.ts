import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { ProblemBody } from "../protocol/problem.ts";
import { idempotencyProblems } from "./idempotency/idempotency-documentation.ts";
import { documentedProblems, type OperationDescription } from "./openapi.ts";

/** What an answer has that its operation does not document, or lacks that it does; null when they agree. */
export async function contractViolation(
  operation: OperationDescription,
  response: Response,
): Promise<string | null> {
  const { status } = response;
  const text = await response.text();
  if (status >= 400 && !operation.answers[status]) return problemViolation(operation, status, text);
  if (status === 304 && operation.conditional === "read") return text === "" ? null : "a 304 has a body";
  const answer = operation.answers[status];
  if (!answer) return `status ${status} is not documented`;
  if (!answer.schema) return null;
  const texts = answer.contentType === "application/x-ndjson" ? text.split("\n").filter(Boolean) : [text];
  return (
    texts.map((one) => bodyViolation(status, answer.schema!, one)).find((found) => found !== null) ?? null
  );
}

function bodyViolation(status: number, schema: v.GenericSchema, text: string): string | null {
  const body: unknown = JSON.parse(text);
  const parsed = v.safeParse(schema, body);
  if (!parsed.success) return `the body of ${status} is not as documented: ${v.summarize(parsed.issues)}`;
  // A field beyond the schema is dropped by parsing; in an answer it may be a secret.
  return isDeepStrictEqual(parsed.output, body)
    ? null
    : `the body of ${status} has undocumented fields: ${text}`;
}

function problemViolation(operation: OperationDescription, status: number, text: string): string | null {
  const problem = v.safeParse(ProblemBody, JSON.parse(text));
  if (!problem.success) return `status ${status} is no problem: ${text}`;
  if (problem.output.status !== status)
    return `the problem says ${problem.output.status}, the answer ${status}`;
  const documented = documentedProblems(operation).map((code) => `/problems/${code}`);
  if (idempotencyProblems.some((code) => problem.output.type === `/problems/${code}`)) return null;
  return documented.includes(problem.output.type) ? null : `${problem.output.type} is not documented`;
}
