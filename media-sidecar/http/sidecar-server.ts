/** What nginx asks, on loopback: callbacks of ingest, verdicts, playlists. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import { type ProblemCode, type ProblemOptions, problemBody } from "../../edge/protocol/problem.ts";
import { EdgeUnavailable } from "../edge-client/edge-client.ts";

/** What a route answers; `body` goes out as it is. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}
/**
 * `parameters` are what the route's pattern named, `body` what a POST carried; `gone` is aborted when whoever asked
 * has hung up.
 */
export type Handler = (request: {
  headers: IncomingMessage["headers"];
  parameters: Record<string, string>;
  query: URLSearchParams;
  body: string;
  gone: AbortSignal;
}) => Answer | Promise<Answer>;

export interface Route {
  method: "GET" | "POST";
  path: RegExp;
  handle: Handler;
}

const bodyLimitBytes = 64 * 1024;

export function problemAnswer(code: ProblemCode, options: ProblemOptions = {}): Answer {
  const body = problemBody(code, options);
  return {
    status: body.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(options.retryAfterSeconds === undefined
        ? {}
        : { "retry-after": String(options.retryAfterSeconds) }),
    },
    body: JSON.stringify(body),
  };
}

/** Listens when the promise resolves; rejects when the port is taken. */
export async function listen(
  routes: readonly Route[],
  port: number,
  log: Log,
  address = "127.0.0.1",
): Promise<Server> {
  const server = createServer((request, response) => {
    const left = new AbortController();
    response.once("close", () => left.abort());
    answer(routes, request, left.signal).then(
      (result) => write(response, request, result),
      (error) => {
        if (!(error instanceof EdgeUnavailable)) {
          log.error("request.failed", { path: pathOf(request), error: describeError(error) });
        }
        const code = error instanceof EdgeUnavailable ? "unavailable" : "internal";
        write(response, request, problemAnswer(code, code === "unavailable" ? { retryAfterSeconds: 2 } : {}));
      },
    );
  });
  // Longer than nginx keeps idle connections (60 s), so that none closes under a request.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  return server;
}

async function answer(
  routes: readonly Route[],
  request: IncomingMessage,
  gone: AbortSignal,
): Promise<Answer> {
  const path = pathOf(request);
  const query = new URLSearchParams(request.url?.slice(path.length));
  const method = request.method === "HEAD" ? "GET" : request.method;
  for (const route of routes) {
    const match = route.path.exec(path);
    if (!match || route.method !== method) continue;
    const body = method === "POST" ? await readBody(request) : "";
    if (body === null) return problemAnswer("too-large");
    return route.handle({ headers: request.headers, parameters: { ...match.groups }, query, body, gone });
  }
  return problemAnswer("not-found");
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?")[0]!;
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function write(
  response: ServerResponse,
  request: IncomingMessage,
  { status, headers, body = "" }: Answer,
): void {
  if (response.destroyed) return;
  const length = status === 204 ? {} : { "content-length": String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length });
  response.end(request.method === "HEAD" || status === 204 ? undefined : body);
}
