/**
 * Idempotency-Key: a POST that is sent again with its key is answered as the first time and does nothing twice. A
 * refusal is not kept: nothing was done, and the next try may fare better. A process that dies between the act and
 * its answer leaves the key held for a minute; who comes after that acts anew.
 */
import type { MiddlewareHandler, Next } from "hono";
import { loggableCause } from "../../db/constraint-errors.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { describeError } from "../../protocol/log.ts";
import { Problem } from "../../protocol/problem.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { type ApiContext, type ApiEnv, clientAddress } from "../request-context.ts";
import {
  claimKey,
  forgetOldKeys,
  type KeptAnswer,
  type KeyScope,
  keepAnswer,
  releaseKey,
} from "./kept-answers.ts";

/** Runs what follows at most once for the request's key; `secret` answers are never kept. */
export type AnswerOnce = (
  c: ApiContext,
  operation: { id: string; secretAnswer?: boolean },
  next: Next,
) => Promise<Response | undefined>;

export const idempotencyHeader = "idempotency-key";
const replayedHeader = "idempotency-replayed";
const keptHeaders = ["content-type", "cache-control", "etag", "location"];
const largestKeptBytes = 262_144;
/** Of the requests with a key, how many also clear away old keys. */
const clearingShare = 0.02;

export function idempotency(deps: ApiDependencies): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    c.set("answerOnce", (context, operation, then) => answerOnce(deps, context, operation, then));
    await next();
  };
}

async function answerOnce(
  deps: ApiDependencies,
  c: ApiContext,
  { id, secretAnswer }: { id: string; secretAnswer?: boolean },
  next: Next,
): Promise<Response | undefined> {
  const { db, clock } = deps;
  const scope: KeyScope = { caller: await callerOf(c), operation: id, key: readKey(c) };
  const holder = newIdentifier("request");
  const claim = await claimKey(db, scope, await hashRequest(c), holder, clock());
  if (claim.kind === "replay") return replay(claim.answer);
  if (claim.kind === "mismatch") throw new Problem("idempotency-mismatch");
  if (claim.kind === "secret") throw new Problem("already-done");
  if (claim.kind === "in-flight") throw new Problem("in-progress", { retryAfterSeconds: 1 });

  const work = async () => {
    let answer: Response | null = null;
    try {
      await next();
      answer = c.res;
    } finally {
      const settled = answer?.ok
        ? keepable(answer, secretAnswer === true).then((kept) => keepAnswer(db, scope, holder, kept))
        : releaseKey(db, scope, holder);
      // What was done was done: the caller hears of it even where it cannot be kept.
      await settled.catch((error: unknown) => {
        c.var.log.warn("idempotency-key-not-settled", {
          operation: id,
          error: describeError(loggableCause(error)),
        });
      });
    }
  };
  const done = work();
  // A caller who goes away meanwhile is the one who will come again with the key.
  deps.waitUntil(done);
  if (Math.random() < clearingShare) deps.waitUntil(forgetOldKeys(db, clock()).catch(() => {}));
  await done;
  return undefined;
}

/** Keys belong to who sends them. Without an account that is an address: what strangers are answered is no secret. */
async function callerOf(c: ApiContext): Promise<string> {
  const user = c.var.principal?.user;
  return user ? `user:${user.id}` : `address:${await sha256(clientAddress(c) ?? "")}`;
}

function readKey(c: ApiContext): string {
  const key = c.req.header(idempotencyHeader) ?? "";
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new Problem("invalid", {
    errors: [{ pointer: "/Idempotency-Key", detail: "is not 1 to 255 visible ASCII characters" }],
  });
}

/** The same key with another path, query or body is another request. */
async function hashRequest(c: ApiContext): Promise<string> {
  const { pathname, search } = new URL(c.req.url);
  // Hono keeps the bytes, so the validators behind read the same copy.
  const body = await c.req.arrayBuffer();
  return sha256(`${pathname}\n${search}\n${await sha256(body)}`);
}

/** Null for what must not lie in a database: an answer with a secret, with a cookie, or too large to be kept. */
async function keepable(answer: Response, secret: boolean): Promise<KeptAnswer | null> {
  if (secret || answer.headers.has("set-cookie")) return null;
  const body = await answer.clone().text();
  if (body.length > largestKeptBytes) return null;
  const headers = keptHeaders.flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { status: answer.status, headers: Object.fromEntries(headers), body };
}

function replay({ status, headers, body }: KeptAnswer): Response {
  return new Response(body === "" ? null : body, {
    status,
    headers: { ...headers, [replayedHeader]: "true" },
  });
}

async function sha256(data: string | ArrayBuffer): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
