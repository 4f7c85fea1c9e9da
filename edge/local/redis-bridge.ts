/**
 * Speaks Upstash's REST protocol in front of a plain Redis, so that the edge reaches Redis over HTTP everywhere.
 * https://upstash.com/docs/redis/features/restapi : POST / with one command, POST /pipeline and /multi-exec with a
 * list of commands, or the command as a path (GET /get/key). Answers are `{result}` or `{error}`.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Redis } from "ioredis";
import * as v from "valibot";
import type { Log } from "../protocol/log.ts";
import { encodeReply } from "./redis-reply.ts";

export interface RedisBridgeSettings {
  redisUrl: string;
  token: string;
  host: string;
  /** 0 for any free one. */
  port: number;
  log: Log;
}

const Argument = v.union([v.string(), v.number(), v.boolean()]);
const Command = v.pipe(v.array(Argument), v.minLength(1), v.maxLength(10_000));
const Commands = v.pipe(v.array(Command), v.maxLength(1000));
type Command = v.InferOutput<typeof Command>;

type Answer = { result: unknown } | { error: string };

/** Commands that change the connection all callers share, or hold it until something happens. */
const refusedCommands =
  /^(subscribe|psubscribe|ssubscribe|monitor|multi|exec|discard|watch|unwatch|auth|select|quit|reset|hello|client|shutdown|blpop|brpop|blmove|blmpop|bzpopmin|bzpopmax|bzmpop|brpoplpush|wait|waitaof|sync|psync|debug|config|replicaof|slaveof)$/i;

const bodyLimitBytes = 1024 * 1024;

/** Starts it; resolves with its port and what stops it. Runs on while Redis is away, and answers 503 meanwhile. */
export async function startRedisBridge(
  settings: RedisBridgeSettings,
): Promise<{ port: number; stop(): Promise<void> }> {
  const { log } = settings;
  const redis = new Redis(settings.redisUrl, {
    // A caller rather hears at once that Redis is away than waits for it.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    commandTimeout: 5000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2000),
  });
  let away = false;
  redis.on("error", (error: Error) => {
    if (!away) log.warn("redis-away", { message: error.message });
    away = true;
  });
  redis.on("ready", () => {
    if (away) log.info("redis-back");
    away = false;
  });
  const server = createServer((request, response) => {
    answer(request, response, redis, settings.token).catch((error: unknown) => {
      log.error("request-failed", { message: String(error) });
      reply(response, 500, { error: "ERR the bridge failed" });
    });
  });
  await listen(server, settings.port, settings.host);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : settings.port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      redis.disconnect();
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, redis: Redis, token: string) {
  const url = new URL(request.url ?? "/", "http://bridge");
  // For health checks: says only that Redis answers.
  if (url.pathname === "/health") {
    const isUp = await redis.ping().then(
      () => true,
      () => false,
    );
    return reply(response, isUp ? 200 : 503, { result: isUp ? "PONG" : null });
  }
  if (!isAuthorized(request, token))
    return reply(response, 401, { error: "WRONGPASS invalid or missing auth token" });
  const body = request.method === "GET" ? "" : await readBody(request);
  if (body === null) return reply(response, 413, { error: "ERR max request size exceeded" });
  const base64 = request.headers["upstash-encoding"] === "base64";
  const call = parseCall(url.pathname, body);
  if (call === null) return reply(response, 400, { error: "ERR failed to parse command" });
  if (call.kind === "command") {
    const outcome = await run(redis, call.command, base64);
    return reply(response, statusOf(outcome), outcome);
  }
  if (redis.status !== "ready") return reply(response, 503, { error: "ERR Redis is away" });
  const outcomes =
    call.kind === "pipeline"
      ? await Promise.all(call.commands.map((command) => run(redis, command, base64)))
      : await runTransaction(redis, call.commands, base64);
  return reply(response, Array.isArray(outcomes) ? 200 : statusOf(outcomes), outcomes);
}

type Call = { kind: "command"; command: Command } | { kind: "pipeline" | "transaction"; commands: Command[] };

function parseCall(path: string, body: string): Call | null {
  try {
    if (path === "/pipeline" || path === "/multi-exec") {
      const commands = v.safeParse(Commands, JSON.parse(body));
      if (!commands.success) return null;
      return { kind: path === "/pipeline" ? "pipeline" : "transaction", commands: commands.output };
    }
    if (path === "/") {
      const command = v.safeParse(Command, JSON.parse(body));
      return command.success ? { kind: "command", command: command.output } : null;
    }
    // The command as path elements; a body is its last argument, as for `POST /set/key`.
    const words = path.slice(1).split("/").map(decodeURIComponent);
    return { kind: "command", command: body === "" ? words : [...words, body] };
  } catch {
    return null;
  }
}

async function run(redis: Redis, command: Command, base64: boolean): Promise<Answer> {
  const [name, ...args] = command.map(String);
  if (refusedCommands.test(name!)) return { error: `ERR Command is not available: '${name}'` };
  try {
    // In capitals: ioredis rewrites the replies of names it knows (hgetall becomes an object), by their small letters.
    return { result: encodeReply(await redis.callBuffer(name!.toUpperCase(), ...args), base64) };
  } catch (error) {
    return { error: describe(error) };
  }
}

/** All commands or none; a list of answers, or one error when the transaction as a whole was refused. */
async function runTransaction(
  redis: Redis,
  commands: Command[],
  base64: boolean,
): Promise<Answer[] | Answer> {
  const refused = commands.find(([name]) => refusedCommands.test(String(name)));
  if (refused) return { error: `ERR Command is not available: '${String(refused[0])}'` };
  const transaction = redis.multi();
  for (const command of commands) {
    const [name, ...args] = command.map(String);
    transaction.callBuffer(name!.toUpperCase(), ...args);
  }
  try {
    const replies = (await transaction.exec()) ?? [];
    return replies.map(([error, result]) =>
      error ? { error: describe(error) } : { result: encodeReply(result, base64) },
    );
  } catch (error) {
    return { error: describe(error) };
  }
}

/** Redis's own words (`WRONGTYPE …`) reach the caller; a lost connection is told as such. */
function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z]+ /.test(message) ? message : "ERR Redis is away";
}

function statusOf(answer: Answer): number {
  if (!("error" in answer)) return 200;
  return answer.error === "ERR Redis is away" ? 503 : 400;
}

function isAuthorized(request: IncomingMessage, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}

/** Null when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimitBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}
