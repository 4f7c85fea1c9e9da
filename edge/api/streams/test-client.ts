/** Calls the applications in tests as people, media nodes and rooms do. */
import { expect } from "vitest";
import { signSessionToken } from "../../auth/session-token.ts";
import type { Database } from "../../db/open-database.ts";
import { logins } from "../../db/schema/accounts-tables.ts";
import type { Role } from "../../protocol/accounts.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { type TestApi, testInternalKey } from "../test-application.ts";
import { makeUser } from "./test-scene.ts";

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect, and fail where it is not
  body: any;
}

/** A login row and its token. */
export function signIn({ deps }: TestApi, userId: string): Promise<{ token: string; loginId: string }> {
  return signInTo(deps.db, deps.environment.jwtSecret, userId);
}

export async function signInTo(
  db: Database,
  jwtSecret: string,
  userId: string,
): Promise<{ token: string; loginId: string }> {
  const loginId = newIdentifier("login");
  const expiresAt = new Date(Date.now() + 3_600_000);
  await db.insert(logins).values({ id: loginId, userId, expiresAt });
  return { token: await signSessionToken(jwtSecret, { userId, loginId }, expiresAt), loginId };
}

/** Someone new, who has signed in. */
export async function newToken(api: TestApi, role?: Role): Promise<string> {
  return (await signIn(api, await makeUser(api.deps.db, role))).token;
}

/** A call to the public entry; `body` makes it JSON. The answer's status must be `status`. */
export async function call(
  { publicApp }: TestApi,
  method: string,
  path: string,
  status: number,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await publicApp.request(path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return read(response, status);
}

/** A call to the internal entry with the internal key. */
export async function callInternal(
  { internalApp }: TestApi,
  method: string,
  path: string,
  status: number,
  body?: unknown,
): Promise<Answer> {
  const response = await internalApp.request(path, {
    method,
    headers: {
      authorization: `Bearer ${testInternalKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return read(response, status);
}

async function read(response: Response, status: number): Promise<Answer> {
  const text = await response.text();
  expect(response.status, text).toBe(status);
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === "" ? null : JSON.parse(text),
  };
}
