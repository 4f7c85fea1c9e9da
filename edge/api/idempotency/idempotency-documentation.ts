import { type ProblemCode, problemBody, problemCatalogue } from "../../protocol/problem.ts";

/** How a POST with an Idempotency-Key can be refused. */
export const idempotencyProblems = [
  "in-progress",
  "already-done",
  "idempotency-mismatch",
  "invalid",
] as const satisfies ProblemCode[];

interface DocumentedOperation {
  parameters?: object[];
  responses?: Record<
    string,
    { description?: string; content?: Record<string, { schema?: object; examples?: object }> }
  >;
  "x-no-replay"?: true;
}

const parameter = {
  in: "header",
  name: "Idempotency-Key",
  description:
    "Chosen by you, 1 to 255 visible ASCII characters. Sent again within 24 h by you to this operation, the same request is answered as the first time and does nothing twice; a refusal is not kept.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
};

/** Adds to each POST of an OpenAPI document that it takes the key, and how it can be refused for it. */
export function documentIdempotency(document: { paths?: Record<string, unknown> }): void {
  for (const path of Object.values(document.paths ?? {})) {
    const { post } = path as { post?: DocumentedOperation };
    if (!post) continue;
    const ignored = post["x-no-replay"];
    delete post["x-no-replay"];
    if (ignored) continue;
    post.parameters = [...(post.parameters ?? []), parameter];
    post.responses ??= {};
    for (const code of idempotencyProblems) {
      const { status, title } = problemCatalogue[code];
      const response = post.responses[status];
      const sentence = `\`/problems/${code}\`: ${title}`;
      if (response?.description?.includes(sentence)) continue;
      const examples = {
        ...response?.content?.["application/problem+json"]?.examples,
        [code]: { value: problemBody(code) },
      };
      post.responses[status] = {
        description: response?.description ? `${response.description}; ${sentence}` : sentence,
        content: {
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" }, examples },
        },
      };
    }
  }
}
