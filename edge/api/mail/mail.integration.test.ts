/** Mail as it leaves a deployment: from the Worker under plain workerd, to a real SMTP server. */
import { createServer, type Server } from "node:net";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { waitFor } from "../../../testing/support/wait-for.ts";
import { mailsDue } from "../../db/schema/accounts-tables.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import type { SignedIn } from "../../protocol/accounts.ts";
import { createLog } from "../../protocol/log.ts";
import { freshEmail } from "../test-application.ts";
import { startApiWorker, type TestWorker } from "../test-workerd.ts";
import { openMail } from "./open-mail.ts";
import { createSmtpMail } from "./smtp-mail.ts";
import { testAuthority } from "./test-certificates.ts";
import { startTestMailServer, type TestMailServer } from "./test-mail-server.ts";

const password = "correct horse battery";

// More than all that a test waits for, so that it says what did not come.
vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let plain: TestMailServer;
let starttls: TestMailServer;
let secure: TestMailServer;
const workers: TestWorker[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  plain = await startTestMailServer({ disabledCommands: ["STARTTLS"] });
  starttls = await startTestMailServer();
  secure = await startTestMailServer({ secure: true });
});
beforeEach(() => {
  for (const server of [plain, starttls, secure]) {
    server.mails.length = 0;
    server.refuseWith = null;
  }
});
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  for (const server of [plain, starttls, secure]) await server?.stop();
  await database?.drop();
});

async function startApi(variables: Record<string, string>, trusted: string[] = [testAuthority]) {
  const worker = await startApiWorker(
    database.url,
    { PUBLIC_URL: "https://live.example.org", ...variables },
    { trustedCertificates: trusted },
  );
  workers.push(worker);
  return worker;
}

async function post(api: TestWorker, path: string, body: unknown, status: number) {
  const response = await fetch(api.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  expect(response.status, `${text}\n${api.output().slice(-2000)}`).toBe(status);
  return text === "" ? null : JSON.parse(text);
}

async function forgetfulUser(api: TestWorker): Promise<SignedIn["user"]> {
  const body = { email: freshEmail(), password, name: "Zo\u00eb" };
  const { user } = (await post(api, "/api/auth/register", body, 201)) as SignedIn;
  await post(api, "/api/auth/password/forgot", { email: user.email }, 202);
  return user;
}

const received = (server: TestMailServer, api: TestWorker) =>
  waitFor(`a mail (${api.output().slice(-500)})`, () => server.mails[0] ?? null);

test("a worker sends by plain SMTP, and the link in the mail sets the password", async () => {
  const api = await startApi({ SMTP_URL: `smtp://127.0.0.1:${plain.port}` });
  const user = await forgetfulUser(api);
  const mail = await received(plain, api);
  expect(mail).toMatchObject({
    from: "no-reply@live.example.org",
    to: [user.email],
    secure: false,
    user: null,
  });
  expect(mail.raw).toMatch(/^From: Rostrum <no-reply@live\.example\.org>\r$/m);
  const link = /https:\/\/live\.example\.org\/password#([\w-]{32})/.exec(decode(mail.raw))?.[1];
  const next = "staple correct horse";
  await post(api, "/api/auth/password/reset", { token: link, next }, 204);
  await post(api, "/api/auth/login", { email: user.email, password: next }, 200);
  await waitFor("the queue to be empty", async () => (await due(user.id)).length === 0);
  expect(api.output()).not.toContain(link);
});

test("a worker starts TLS where it is offered, and signs in", async () => {
  const api = await startApi({ SMTP_URL: `smtp://someone:p%40ss%3Aword@localhost:${starttls.port}` });
  await forgetfulUser(api);
  expect(await received(starttls, api)).toMatchObject({ secure: true, user: "someone" });
});

test("a worker begins with TLS where the URL says so", async () => {
  const api = await startApi({ SMTP_URL: `smtps://someone:p%40ss%3Aword@localhost:${secure.port}` });
  await forgetfulUser(api);
  expect(await received(secure, api)).toMatchObject({ secure: true, user: "someone" });
});

test("a worker gives nothing to a server whose certificate nobody vouches for, and says so", async () => {
  const api = await startApi({ SMTP_URL: `smtps://localhost:${secure.port}` }, []);
  const user = await forgetfulUser(api);
  await waitFor("the log", () => api.output().includes("mails-not-taken"));
  expect(secure.mails).toEqual([]);
  expect((await due(user.id))[0]).toMatchObject({ attempts: 1 });
});

test("a mail that is refused waits for the next try, which comes without anybody's doing", async () => {
  const api = await startApi({ SMTP_URL: `smtp://127.0.0.1:${plain.port}` });
  plain.refuseWith = "greylisted";
  const user = await forgetfulUser(api);
  await waitFor("the log", () => api.output().includes("mails-not-taken"));
  expect((await due(user.id))[0]).toMatchObject({ attempts: 1 });
  plain.refuseWith = null;
  await database.db
    .update(mailsDue)
    .set({ dueAt: new Date(0) })
    .where(eq(mailsDue.userId, user.id));
  const headers = { authorization: "Bearer internal" };
  const tick = await fetch(`${api.internalUrl}/internal/tick`, { method: "POST", headers });
  expect(tick.status).toBe(202);
  expect((await received(plain, api)).to).toEqual([user.email]);
  expect(api.output()).not.toContain(user.email);
});

test("without SMTP_URL a deployment sends nothing, says so once, and never writes a link", async () => {
  const api = await startApi({});
  for (let count = 0; count < 3; count++) await forgetfulUser(api);
  await waitFor("the log", () => api.output().includes("mail-not-configured"));
  expect(api.output().match(/mail-not-configured/g)?.length).toBe(1);
  expect(api.output()).not.toContain("/password#");
});

test("in development the mail stands in the log, where its link can be followed", async () => {
  const api = await startApi({ MAIL_TO_LOG: "true" });
  const user = await forgetfulUser(api);
  await waitFor("the log", () => /mail-not-sent.*password#[\w-]{32}/.test(api.output()));
  expect(api.output()).toContain(user.email);
});

test("Node sends the same way, many over few connections", async () => {
  const connection = createSmtpMail({
    smtpUrl: `smtp://127.0.0.1:${plain.port}`,
    from: "a@example.org",
  }).open();
  const sends = Array.from({ length: 30 }, (_, index) =>
    connection.send({ to: `u${index}@example.org`, subject: `N\u00ba ${index}`, text: "Hello\n" }),
  );
  await Promise.all(sends);
  connection.close();
  expect(plain.mails.length).toBe(30);
});

test("a server that takes the connection and says nothing fails the mail and not the sender", async () => {
  const silent: Server = createServer((socket) => void socket.on("error", () => {}));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  const connection = createSmtpMail({
    smtpUrl: `smtp://127.0.0.1:${port}`,
    from: "a@example.org",
    patienceMs: 300,
  }).open();
  await expect(connection.send({ to: "u@example.org", subject: "x", text: "x" })).rejects.toThrow();
  connection.close();
  silent.close();
});

test("no list of recipients is made of one address", async () => {
  const connection = createSmtpMail({
    smtpUrl: `smtp://127.0.0.1:${plain.port}`,
    from: "a@example.org",
  }).open();
  const to = "a@example.org, b@example.org";
  await connection.send({ to, subject: "x\r\nBcc: eve@example.org", text: "x" }).catch(() => {});
  connection.close();
  expect(plain.mails.flatMap((mail) => mail.to)).not.toContain("b@example.org");
  expect(plain.mails.flatMap((mail) => mail.to)).not.toContain("eve@example.org");
});

test("a port that was never opened says it cannot send", () => {
  const lines: string[] = [];
  const mail = openMail(
    { mail: { smtpUrl: null, from: "", toLog: false } },
    createLog("test", (line) => lines.push(line)),
  );
  expect([mail.leaves, mail.leaves]).toEqual([false, false]);
  expect(lines.length).toBe(1);
  expect(() => mail.open()).toThrow();
});

const due = (userId: string) => database.db.select().from(mailsDue).where(eq(mailsDue.userId, userId));

/** Quoted-printable, as the library writes what is not ASCII. */
function decode(raw: string): string {
  return raw
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
