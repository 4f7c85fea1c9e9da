/** The API as typed calls: paths, requests and answers are checked by the compiler against the routes themselves. */
import { hc } from "hono/client";
import * as v from "valibot";
import type { PublicApi } from "../../api/app.ts";
import { ProblemBody, problemBody } from "../../protocol/problem.ts";

/** An answer that is not 2xx, or none at all: then the problem is `unavailable`, without a detail. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly problem: ProblemBody;

  constructor(problem: ProblemBody) {
    super(problem.title);
    this.problem = problem;
  }
}

export type RostrumClient = ReturnType<typeof hc<PublicApi>>;

/**
 * `rostrum.api.events[":id"].$get({ param: { id } })` and so on for each path. A call resolves to a 2xx answer, and
 * throws ApiError otherwise. `token` is what signing in answered; a page sends its session cookie instead.
 */
export function createRostrumClient(baseUrl: string, token?: string): RostrumClient {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return hc<PublicApi>(baseUrl, {
    headers: { accept: "application/json", ...authorization },
    fetch: fetchOrThrow,
  });
}

/** The API that served this page. */
export const rostrum = createRostrumClient("/");

interface Answer<Body> {
  status: number;
  json(): Promise<Body>;
}

/** The body of an answer, as its type promises. Throws ApiError. */
export async function bodyOf<Body>(answer: Promise<Answer<Body>>): Promise<Body> {
  return (await answer).json();
}

/** The body of an answer, read by its schema: what a page draws may come from an older API or a proxy. */
export async function parsedBodyOf<T extends v.GenericSchema>(
  answer: Promise<Answer<v.InferInput<T>>>,
  schema: T,
): Promise<v.InferOutput<T>> {
  const body: unknown = await (await answer).json().catch(() => undefined);
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  throw new ApiError(problemBody("internal", { detail: "The answer was not understood." }));
}

const timeoutMs = 10_000;

async function fetchOrThrow(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    response = await fetch(url, { ...init, credentials: "same-origin", signal });
  } catch {
    throw new ApiError(problemBody("unavailable"));
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
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
