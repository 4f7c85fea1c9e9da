import { eq } from "drizzle-orm";
import { SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audienceKey } from "../../auth/audience-key.ts";
import { signPlaybackToken } from "../../auth/playback-token.ts";
import { signSessionToken } from "../../auth/session-token.ts";
import { users } from "../../db/schema/accounts-tables.ts";
import type { Me, SignedIn } from "../../protocol/accounts.ts";
import { createTestApi, freshEmail, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi({ LOGIN_FAILURES_PER_ACCOUNT: "3", REGISTRATIONS_PER_ADDRESS: "4" });
});
afterAll(() => api.drop());

const password = "correct horse battery";

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return api.publicApp.request(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** Reads the answer after checking its status; shows the body when that is another. */
async function expectAnswer<T>(answer: Response | Promise<Response>, status: number): Promise<T> {
  const response = await answer;
  const text = await response.text();
  expect(response.status, text).toBe(status);
  return (text ? JSON.parse(text) : null) as T;
}

const register = (email = freshEmail()) =>
  expectAnswer<SignedIn>(post("/api/auth/register", { email, password, name: "Ada" }), 201);
const me = (headers: Record<string, string>) => api.publicApp.request("/api/auth/me", { headers });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test("a registered user is signed in as an attendee", async () => {
  const email = freshEmail();
  const signedIn = await register(email);
  expect(signedIn.user).toMatchObject({ email, name: "Ada", role: "attendee", avatarUrl: null });
  const body = await expectAnswer<Me>(me(bearer(signedIn.token)), 200);
  expect(body.user).toEqual(signedIn.user);
  expect(body.session.current).toBe(true);
});

test("an email belongs to one account, however it is written", async () => {
  const email = freshEmail();
  await register(email);
  const again = { email: ` ${email.toUpperCase()} `, password, name: "Eve" };
  const problem = await expectAnswer<{ type: string }>(post("/api/auth/register", again), 409);
  expect(problem.type).toBe("/problems/email-taken");
});

test("of two simultaneous registrations of one email, one succeeds", async () => {
  const email = freshEmail();
  const answers = await Promise.all(
    [1, 2].map(() => post("/api/auth/register", { email, password, name: "Ada" })),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
});

test("a wrong password and an unknown email are answered alike", async () => {
  const { user } = await register();
  const wrong = await post("/api/auth/login", { email: user.email, password: "wrong password" });
  const unknown = await post("/api/auth/login", { email: freshEmail(), password });
  const noEmailAtAll = await post("/api/auth/login", { email: "no\u0000body", password });
  const bodies = await Promise.all(
    [wrong, unknown, noEmailAtAll].map((answer) => expectAnswer<object>(answer, 401)),
  );
  for (const body of bodies) {
    expect({ ...body, instance: "" }).toEqual({
      type: "/problems/bad-credentials",
      title: "The credentials are wrong",
      status: 401,
      instance: "",
    });
  }
});

test("an unknown email costs as much hashing as a known one", async () => {
  const { user } = await register();
  const verified: string[] = [];
  const counting = {
    ...api.deps,
    passwordHasher: {
      hash: api.deps.passwordHasher.hash,
      verify: async (_password: string, stored: string) => {
        verified.push(stored.split("$").slice(0, 4).join("$"));
        return false;
      },
    },
  };
  const { createPublicApp } = await import("../app.ts");
  const app = createPublicApp(counting);
  for (const email of [user.email, freshEmail(), "nonsense"]) {
    await app.request("/api/auth/login", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
  }
  expect(verified).toEqual(["scrypt$16384$8$5", "scrypt$16384$8$5", "scrypt$16384$8$5"]);
});

test("failed logins of an account are limited, and the right password does not help then", async () => {
  const { user } = await register();
  for (let failure = 0; failure < 3; failure++) {
    await expectAnswer(post("/api/auth/login", { email: user.email, password: "wrong password" }), 401);
  }
  const refused = await post("/api/auth/login", { email: user.email, password });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  await expectAnswer(refused, 429);
});

test("successful logins do not count towards the limit", async () => {
  const { user } = await register();
  for (let login = 0; login < 5; login++) {
    await expectAnswer(post("/api/auth/login", { email: user.email, password, deviceName: "Phone" }), 200);
  }
});

test("registrations from one address are limited", async () => {
  const from = { "x-rostrum-client-address": "192.0.2.77" };
  const attempt = () => post("/api/auth/register", { email: freshEmail(), password, name: "Ada" }, from);
  for (let count = 0; count < 4; count++) await expectAnswer(attempt(), 201);
  const refused = await attempt();
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  await expectAnswer(refused, 429);
});

test("after logout the token is refused, and the rooms are told to close its sockets", async () => {
  const signedIn = await register();
  const { session } = await expectAnswer<Me>(me(bearer(signedIn.token)), 200);
  await expectAnswer(post("/api/auth/logout", "", bearer(signedIn.token)), 204);
  await expectAnswer(me(bearer(signedIn.token)), 401);
  await api.settled();
  expect(api.roomCalls).toContainEqual({
    call: "revoke",
    args: [{ id: expect.any(Number), userId: signedIn.user.id, loginId: session.id, code: 4401 }],
  });
});

test("logging out on one device leaves the other signed in", async () => {
  const first = await register();
  const second = await expectAnswer<SignedIn>(
    post("/api/auth/login", { email: first.user.email, password }),
    200,
  );
  await expectAnswer(post("/api/auth/logout", "", bearer(first.token)), 204);
  await expectAnswer(me(bearer(second.token)), 200);
});

test("a role that is taken away is gone with the next request", async () => {
  const { user, token } = await register();
  await api.deps.db.update(users).set({ role: "moderator" }).where(eq(users.id, user.id));
  expect((await expectAnswer<Me>(me(bearer(token)), 200)).user.role).toBe("moderator");
  await api.deps.db.update(users).set({ role: "attendee" }).where(eq(users.id, user.id));
  expect((await expectAnswer<Me>(me(bearer(token)), 200)).user.role).toBe("attendee");
});

test("a token that is expired, for another audience, unsigned, or signed with another secret is refused", async () => {
  const { user, token } = await register();
  const { session } = await expectAnswer<Me>(me(bearer(token)), 200);
  const claims = { userId: user.id, loginId: session.id };
  const { jwtSecret } = api.deps.environment;
  const later = new Date(Date.now() + 3_600_000);
  const playbackKey = await audienceKey(jwtSecret, "playback");
  const sessionKey = await audienceKey(jwtSecret, "session");
  const sign = (key: Uint8Array, audience: string, issuer: string, alg = "HS256") =>
    new SignJWT({ lgn: session.id })
      .setProtectedHeader({ alg })
      .setSubject(user.id)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(later)
      .sign(key);
  const payload = Buffer.from(
    JSON.stringify({
      sub: user.id,
      lgn: session.id,
      aud: "session",
      iss: "rostrum",
      exp: later.getTime() / 1000,
    }),
  ).toString("base64url");
  const none = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url");
  const refused: Record<string, string> = {
    expired: await signSessionToken(jwtSecret, claims, new Date(Date.now() - 1000)),
    "for another audience": await signPlaybackToken(
      playbackKey,
      { playbackId: "pb_x", viewerId: user.id, generation: 0 },
      later,
    ),
    "for another audience with the session's key": await sign(sessionKey, "playback", "rostrum"),
    "of another issuer": await sign(sessionKey, "session", "elsewhere"),
    "of another algorithm": await sign(new Uint8Array(64), "session", "rostrum", "HS512"),
    "signed with the bare secret": await sign(new TextEncoder().encode(jwtSecret), "session", "rostrum"),
    "signed with another secret": await signSessionToken(
      "another secret that is long enough too",
      claims,
      later,
    ),
    unsigned: `${none}.${payload}.`,
    "with a changed payload": token.split(".").with(1, payload).join("."),
    "not a token": "abc",
    empty: "",
  };
  for (const [kind, bad] of Object.entries(refused)) {
    const response = await me(bearer(bad));
    expect(response.status, `${kind}: ${await response.text()}`).toBe(401);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
  }
  const good = await sign(sessionKey, "session", "rostrum");
  await expectAnswer(me(bearer(good)), 200);
});

test("the cookie signs pages in, and writes by it need our own origin", async () => {
  const answer = await post("/api/auth/login", { email: (await register()).user.email, password });
  const setCookie = answer.headers.get("set-cookie") ?? "";
  expect(setCookie).toMatch(/^rostrum_session=[^;]+;.*HttpOnly.*SameSite=Lax/);
  expect(setCookie).not.toContain("Secure");
  const cookie = setCookie.split(";")[0] ?? "";
  await expectAnswer(me({ cookie }), 200);
  await expectAnswer(post("/api/auth/logout", "", { cookie, "sec-fetch-site": "cross-site" }), 403);
  await expectAnswer(
    post("/api/auth/logout", "", { cookie, origin: "https://evil.test", host: "a.test" }),
    403,
  );
  await expectAnswer(post("/api/auth/logout", "", { cookie }), 403);
  await expectAnswer(post("/api/auth/logout", "", { cookie, "sec-fetch-site": "same-origin" }), 204);
  await expectAnswer(me({ cookie }), 401);
});

test("over https the cookie is Secure", async () => {
  const { user } = await register();
  const answer = await post(
    "/api/auth/login",
    { email: user.email, password },
    { "x-rostrum-scheme": "https" },
  );
  expect(answer.headers.get("set-cookie")).toContain("Secure");
});

test("no answer and no log line repeats a password or a token", async () => {
  const secret = "a password nobody may see";
  const email = freshEmail();
  const texts: string[] = [];
  for (const body of [
    { email, password: secret },
    { email: 7, password: secret, name: "x" },
    { email, password: secret, name: "\u0007" },
    { email, password: secret, name: "Ada" },
    { email, password: secret, name: "Ada" },
  ]) {
    texts.push(await (await post("/api/auth/register", body)).text());
  }
  const { token } = JSON.parse(texts[3] ?? "") as SignedIn;
  await expectAnswer(me(bearer(token)), 200);
  expect(texts.join()).not.toContain(secret);
  const log = api.logLines.join("\n");
  expect(log).not.toContain(secret);
  expect(log).not.toContain(token);
  expect(log).not.toContain("scrypt$");
});
