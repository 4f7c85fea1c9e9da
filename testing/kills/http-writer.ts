import type { ProblemBody } from "../../edge/protocol/problem.ts";
import type { Answer } from "./session-client.ts";

export interface HttpWrite {
  method: "POST" | "PATCH" | "DELETE";
  url: string;
  token: string;
  body?: unknown;
  /** Sent as Idempotency-Key with every try of a POST. */
  key: string;
}

/** Tries until there is an answer that is no "not now", or until `isOver`: then null. */
export async function writeByHttp(
  { method, url, token, body, key }: HttpWrite,
  isOver: () => boolean,
): Promise<Answer | null> {
  while (!isOver()) {
    const answer = await tryOnce({ method, url, token, body, key });
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500 + 500 * Math.random()));
  }
  return null;
}

/** Null: nothing is known of it, or not now. */
async function tryOnce({ method, url, token, body, key }: HttpWrite): Promise<Answer | null> {
  try {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(method === "POST" ? { "idempotency-key": key } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    if (response.ok) return { ok: true, data: text === "" ? null : JSON.parse(text) };
    if (response.status >= 500 || response.status === 429) return null;
    const problem = JSON.parse(text) as ProblemBody;
    return problem.type === "/problems/in-progress" ? null : { ok: false, problem };
  } catch {
    return null;
  }
}
