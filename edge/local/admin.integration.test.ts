import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { scryptVerify } from "../api/password-hashing/scrypt.ts";
import { logins, socketRevocations, users } from "../db/schema/accounts-tables.ts";
import { auditLog } from "../db/schema/operations-tables.ts";
import { createTestDatabase, type TestDatabase } from "../db/test-database.ts";
import { newIdentifier } from "../protocol/identifier.ts";
import { runAdmin } from "./admin.ts";
import { StartRefusal } from "./start-refusal.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
let said: string[] = [];
beforeEach(() => {
  said = [];
});

const admin = (args: string[], more: Record<string, string> = {}) =>
  runAdmin(args, { DATABASE_URL: database.url, ...more }, (text) => void said.push(text));
const freshEmail = () => `a${newIdentifier("user").slice(4).toLowerCase()}@example.org`;
const find = async (email: string) =>
  (await database.db.select().from(users).where(eq(users.email, email)))[0]!;
const passwordSaid = () => /^Password: (\S+)$/m.exec(said.join("\n"))?.[1] ?? "none was said";

async function refusal(args: string[], more?: Record<string, string>): Promise<string> {
  const error = await admin(args, more).catch((thrown: unknown) => thrown);
  if (!(error instanceof StartRefusal)) throw new Error(`no refusal: ${String(error)}`);
  return error.message;
}

test("an admin is created with a password that is said once", async () => {
  const email = freshEmail();
  expect(await admin(["create", ` ${email.toUpperCase()}`, "--name", "Grace"])).toBe(0);
  const user = await find(email);
  expect(user).toMatchObject({ role: "admin", name: "Grace" });
  expect(await scryptVerify(passwordSaid(), user.passwordHash!)).toBe(true);
  const entries = await database.db.select().from(auditLog).where(eq(auditLog.subjectId, user.id));
  expect(entries.map(({ action, actorId }) => [action, actorId])).toEqual([["user.created", null]]);
});

test("a given password is used and not repeated", async () => {
  const email = freshEmail();
  await admin(["create", email], { ADMIN_PASSWORD: "the operator's own" });
  expect(await scryptVerify("the operator's own", (await find(email)).passwordHash!)).toBe(true);
  expect(said.join()).not.toContain("the operator's own");
});

test("a user is promoted, and open sockets are told to come back", async () => {
  const email = freshEmail();
  const id = newIdentifier("user");
  await database.db.insert(users).values({ id, email, name: "Ada" });
  await admin(["promote", email]);
  await admin(["promote", email]);
  expect((await find(email)).role).toBe("admin");
  const rows = await database.db.select().from(socketRevocations).where(eq(socketRevocations.userId, id));
  expect(rows.length).toBe(1);
});

test("a reset gives a new password and ends every login", async () => {
  const email = freshEmail();
  await admin(["create", email]);
  const { id } = await find(email);
  const old = passwordSaid();
  await database.db
    .insert(logins)
    .values({ id: newIdentifier("login"), userId: id, expiresAt: new Date(Date.now() + 60_000) });
  said = [];
  await admin(["reset", email]);
  const { passwordHash } = await find(email);
  expect(await scryptVerify(old, passwordHash!)).toBe(false);
  expect(await scryptVerify(passwordSaid(), passwordHash!)).toBe(true);
  const [login] = await database.db.select().from(logins).where(eq(logins.userId, id));
  expect(login?.revokedAt).not.toBeNull();
});

test("what cannot be done is said in a sentence", async () => {
  const email = freshEmail();
  await admin(["create", email]);
  expect(await refusal(["create", email])).toContain("has an account already");
  expect(await refusal(["promote", "nobody@example.org"])).toBe("Nobody has the email nobody@example.org.");
  expect(await refusal(["promote", "no address"])).toContain("is not an email address");
  expect(await refusal([])).toContain("npm run admin -- create EMAIL");
  expect(await refusal(["toString", email])).toContain("npm run admin -- create EMAIL");
  expect(await refusal(["create", email, "--nmae", "x"])).toContain("--nmae");
  expect(await refusal(["create", freshEmail()], { ADMIN_PASSWORD: "short" })).toContain("8 to 200");
  expect(await refusal(["create", freshEmail()], { DATABASE_URL: "postgres://a:b@127.0.0.1:9/c" })).toContain(
    "does not answer",
  );
  expect(await refusal(["create", freshEmail()], { DATABASE_URL: "", DATA_DIR: "/nonexistent" })).toContain(
    "No copy runs",
  );
});
