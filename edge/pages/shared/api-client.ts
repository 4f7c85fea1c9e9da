import * as v from "valibot";
import { ProblemBody, problemBody } from "../../protocol/problem.ts";

/** An answer that is not 2xx, or none at all: then the problem is `unavailable`, without a detail. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(readonly problem: ProblemBody) {
    super(problem.title);
  }
}

const timeoutMs = 10_000;

/** GET, parsed by `schema`. Throws ApiError. */
export async function fetchFromApi<T extends v.GenericSchema>(
  path: string,
  schema: T,
): Promise<v.InferOutput<T>> {
  return parseAnswer(await send("GET", path), schema);
}

/** POST with a JSON body, parsed by `schema`. Throws ApiError. The session cookie goes along by itself. */
export async function postToApi<T extends v.GenericSchema>(
  path: string,
  body: unknown,
  schema: T,
): Promise<v.InferOutput<T>> {
  return parseAnswer(await send("POST", path, body), schema);
}

/** For answers whose body does not matter. */
export const anyAnswer = v.unknown();

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        accept: "application/json",
        ...(method === "GET" ? {} : { "content-type": "application/json" }),
      },
      ...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
    });
  } catch {
    throw new ApiError(problemBody("unavailable"));
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
}

async function parseAnswer<T extends v.GenericSchema>(
  response: Response,
  schema: T,
): Promise<v.InferOutput<T>> {
  const body: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  const parsed = v.safeParse(schema, body);
  if (!parsed.success)
    throw new ApiError(problemBody("internal", { detail: "The answer was not understood." }));
  return parsed.output;
}

/** A proxy between us and the API may answer in HTML; its status still says something. */
async function problemOf(response: Response): Promise<ProblemBody> {
  const parsed = v.safeParse(ProblemBody, await response.json().catch(() => null));
  if (parsed.success) return parsed.output;
  const retryAfterSeconds = Number(response.headers.get("retry-after"));
  const options = retryAfterSeconds > 0 ? { retryAfterSeconds } : {};
  if (response.status === 401) return problemBody("unauthenticated", options);
  if (response.status === 404) return problemBody("not-found", options);
  if (response.status === 429) return problemBody("too-many-requests", options);
  return problemBody(response.status >= 502 ? "unavailable" : "internal", options);
}
