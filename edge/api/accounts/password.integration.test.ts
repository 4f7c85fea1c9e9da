import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { passwordTokens } from "../../db/schema/accounts-tables.ts";
import type { SignedIn } from "../../protocol/accounts.ts";
import { queueMail, sendDueMails } from "../mail/mail-queue.ts";
import { call } from "../streams/test-client.ts";
import { createTestApi, freshEmail, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi({ LOGIN_FAILURES_PER_ACCOUNT: "4", PUBLIC_URL: "https://live.example.org" });
});
beforeEach(() => {
  api.mails.length = 0;
  api.roomCalls.length = 0;
});
afterAll(() => api.drop());

const password = "correct horse battery";
const next = "staple correct horse";

async function register(): Promise<SignedIn> {
  const body = { email: freshEmail(), password, name: "Ada" };
  return (await call(api, "POST", "/api/auth/register", 201, { body })).body;
}
const logIn = async (email: string, secret: string, status = 200, more: object = {}) =>
  (await call(api, "POST", "/api/auth/login", status, { body: { email, password: secret, ...more } }))
    .body as SignedIn;
const me = (token: string, status: number) => call(api, "GET", "/api/auth/me", status, { token });
const forgot = async (email: string) => {
  await call(api, "POST", "/api/auth/password/forgot", 202, { body: { email } });
  await api.settled();
};
const reset = (token: string, status: number, secret = next) =>
  call(api, "POST", "/api/auth/password/reset", status, { body: { token, next: secret } });
function mailedToken(text: string | undefined): string {
  const token = /https:\/\/live\.example\.org\/password#([\w-]{32})\n/.exec(text ?? "")?.[1];
  if (token === undefined) throw new Error(`no link in: ${text}\n${api.logLines.slice(-5).join("\n")}`);
  return token;
}

test("devices are listed with their name, and the current one is marked", async () => {
  const { user, token } = await register();
  await logIn(user.email, password, 200, { deviceName: "Phone" });
  const { body } = await call(api, "GET", "/api/auth/sessions", 200, { token });
  expect(body.items.map((item: Record<string, unknown>) => [item.deviceName, item.current])).toEqual([
    ["Phone", false],
    [null, true],
  ]);
  expect(body.nextCursor).toBeNull();
});

test("pages of devices meet without a gap", async () => {
  const { user, token } = await register();
  for (let count = 0; count < 4; count++) await logIn(user.email, password);
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { body } = await call(api, "GET", `/api/auth/sessions?limit=2${query}`, 200, { token });
    ids.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  }
  expect(ids.length).toBe(5);
  expect(new Set(ids).size).toBe(5);
});

test("a device's address comes from the entry alone, whatever a client claims", async () => {
  const { user } = await register();
  const { body } = await call(api, "POST", "/api/auth/login", 200, {
    body: { email: user.email, password },
    headers: {
      "x-forwarded-for": "203.0.113.9",
      "user-agent": "Test/1",
      "x-rostrum-client-address": "192.0.2.4",
    },
  });
  const list = await call(api, "GET", "/api/auth/sessions", 200, { token: body.token });
  expect(list.body.items[0]).toMatchObject({ ip: "192.0.2.4", userAgent: "Test/1" });
});

test("a device that is signed out is out at once, and its sockets are told of", async () => {
  const { user, token } = await register();
  const phone = await logIn(user.email, password, 200, { deviceName: "Phone" });
  const { session } = (await me(phone.token, 200)).body;
  await call(api, "DELETE", `/api/auth/sessions/${session.id}`, 204, { token });
  await me(phone.token, 401);
  await me(token, 200);
  await api.settled();
  expect(api.roomCalls).toEqual([
    {
      call: "revoke",
      args: [{ id: expect.any(Number), userId: user.id, loginId: session.id, code: 4401 }],
    },
  ]);
  await call(api, "DELETE", `/api/auth/sessions/${session.id}`, 404, { token });
});

test("another person's device is not there", async () => {
  const [ada, eve] = [await register(), await register()];
  const { session } = (await me(ada.token, 200)).body;
  await call(api, "DELETE", `/api/auth/sessions/${session.id}`, 404, { token: eve.token });
  await me(ada.token, 200);
});

test("a changed password ends every other device, and the old one is no use", async () => {
  const { user, token } = await register();
  const phone = await logIn(user.email, password);
  await call(api, "POST", "/api/auth/password", 204, { token, body: { current: password, next } });
  await me(token, 200);
  await me(phone.token, 401);
  await logIn(user.email, password, 401);
  await logIn(user.email, next);
  await api.settled();
  expect(api.roomCalls.length).toBe(1);
});

test("the password is not to be guessed at with a stolen token", async () => {
  const { user, token } = await register();
  const attempt = (status: number, current: string) =>
    call(api, "POST", "/api/auth/password", status, { token, body: { current, next } });
  for (let failure = 0; failure < 4; failure++) {
    expect((await attempt(401, "not the password")).body.type).toBe("/problems/bad-credentials");
  }
  expect(Number((await attempt(429, password)).headers.get("retry-after"))).toBeGreaterThan(0);
  await me(token, 200);
  expect(user.id).toBeTruthy();
});

test("of two simultaneous changes of a password, one holds", async () => {
  const { user, token } = await register();
  const change = async (secret: string) =>
    (
      await api.publicApp.request("/api/auth/password", {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ current: password, next: secret }),
      })
    ).status;
  const statuses = await Promise.all([change("the first new one"), change("the second new one")]);
  expect(statuses.filter((status) => status === 204).length, statuses.join()).toBe(1);
  const holding = statuses[0] === 204 ? "the first new one" : "the second new one";
  await logIn(user.email, holding);
});

test("a forgotten password is replaced by the link of a mail, once, and every device is out", async () => {
  const { user, token } = await register();
  await forgot(` ${user.email.toUpperCase()} `);
  expect(api.mails).toEqual([
    { to: user.email, subject: "Choose a new password", text: expect.stringContaining("30 minutes") },
  ]);
  const link = mailedToken(api.mails[0]?.text);
  await reset(link, 204);
  await me(token, 401);
  await logIn(user.email, password, 401);
  await logIn(user.email, next);
  expect((await reset(link, 401)).body.type).toBe("/problems/bad-credentials");
});

test("of two who use a link at once, one chooses the password", async () => {
  const { user } = await register();
  await forgot(user.email);
  const link = mailedToken(api.mails[0]?.text);
  const statuses = await Promise.all(
    ["the first new one", "the second new one"].map(async (secret) => {
      const response = await api.publicApp.request("/api/auth/password/reset", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: link, next: secret }),
      });
      return response.status;
    }),
  );
  expect(statuses.sort()).toEqual([204, 401]);
});

test("a link that is too old is refused, and so is one from before the password was changed", async () => {
  const { user, token } = await register();
  await forgot(user.email);
  const old = mailedToken(api.mails[0]?.text);
  await api.deps.db
    .update(passwordTokens)
    .set({ expiresAt: sql`now() - interval '1 second'` })
    .where(eq(passwordTokens.userId, user.id));
  await reset(old, 401);
  await forgot(user.email);
  const earlier = mailedToken(api.mails[1]?.text);
  await call(api, "POST", "/api/auth/password", 204, { token, body: { current: password, next } });
  await reset(earlier, 401, "somebody else's choice");
});

test("whether an address is known does not show in the answer, and nothing is looked up before it", async () => {
  const { user } = await register();
  const answers = await Promise.all(
    [user.email, freshEmail(), "nonsense", "\u0000", `${"a".repeat(254)}`].map((email) =>
      call(api, "POST", "/api/auth/password/forgot", 202, { body: { email } }),
    ),
  );
  expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([""]));
  await api.settled();
  expect(api.mails.map(({ to }) => to)).toEqual([user.email]);
});

test("asking again and again sends few mails, and still answers the same", async () => {
  const { user } = await register();
  for (let count = 0; count < 9; count++) await forgot(user.email);
  expect(api.mails.length).toBe(5);
});

test("only the hash of a link is kept, and no log line has the link or the address", async () => {
  const { user } = await register();
  await forgot(user.email);
  const link = mailedToken(api.mails[0]?.text);
  const rows = await api.deps.db.select().from(passwordTokens).where(eq(passwordTokens.userId, user.id));
  expect(rows.length).toBe(1);
  expect(JSON.stringify(rows)).not.toContain(link);
  expect(api.logLines.join("\n")).not.toContain(link);
});

test.each([
  ["a short password", { token: "x", next: "short" }, 422],
  ["a million characters", { token: "x", next: "x".repeat(900_000) }, 422],
  ["no token", { next }, 422],
  ["a token that is a number", { token: 7, next }, 422],
  ["a token that nobody was sent", { token: "x", next }, 401],
  ["SQL for a token", { token: "' or 1=1 --", next }, 401],
])("a reset with %s is refused", async (_what, body, status) => {
  await call(api, "POST", "/api/auth/password/reset", status, { body });
});

test("a mail that was not taken is sent later, with a link of its own", async () => {
  const { user } = await register();
  const { deps } = api;
  const { mail } = deps;
  deps.mail = {
    leaves: true,
    mostAtOnce: 1,
    open: () => ({ send: () => Promise.reject(new Error("greylisted")), close: () => {} }),
  };
  await forgot(user.email);
  deps.mail = mail;
  const left = await deps.db.select().from(passwordTokens).where(eq(passwordTokens.userId, user.id));
  expect(left).toEqual([]);
  await deps.db.execute(sql`update mails_due set due_at = now() where user_id = ${user.id}`);

  await Promise.all([sendDueMails(deps), sendDueMails(deps)]);
  expect(api.mails.length).toBe(1);
  await reset(mailedToken(api.mails[0]?.text), 204);
});

test("a mail leaves when it is asked for, also within the millisecond that its time is rounded up to", async () => {
  const { user } = await register();

  for (let count = 1; count <= 100; count++) {
    await queueMail(api.deps.db, user.id, "reset");
    await sendDueMails(api.deps);
    expect(api.mails.length, api.logLines.slice(-3).join("\n")).toBe(count);
  }
});
