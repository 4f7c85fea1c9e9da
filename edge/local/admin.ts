/** `npm run admin`: what an operator does when nobody can sign in to do it. */
import { parseArgs } from "node:util";
import * as v from "valibot";
import { findUserByEmail, insertUser } from "../api/accounts/accounts-queries.ts";
import { setPassword } from "../api/accounts/password-changes.ts";
import { auditAs } from "../api/audit/audit.ts";
import { scryptHash } from "../api/password-hashing/scrypt.ts";
import { recordRevocations } from "../api/realtime/revocations.ts";
import { writeUser } from "../api/users/users-queries.ts";
import { isDatabaseAway, loggableCause } from "../db/constraint-errors.ts";
import { type Database, openDatabase } from "../db/open-database.ts";
import { DisplayName, Email, Password } from "../protocol/accounts.ts";
import { newIdentifier, randomBase64Url } from "../protocol/identifier.ts";
import { findDatabase } from "./find-database.ts";
import { rollUpOrder } from "./roll-up-order.ts";
import { StartRefusal } from "./start-refusal.ts";

const usage = `npm run admin -- create EMAIL [--name NAME]   a new admin; prints the password, once
npm run admin -- promote EMAIL                an existing user becomes an admin
npm run admin -- reset EMAIL                  a new password, printed once; every device is signed out
npm run admin -- roll-up EVENT [FROM [TO]]    what was watched of an event is rolled up anew, as far back as the raw
                                              log goes; times like 2026-03-01T10:00Z

The database is that of the copy running in DATA_DIR (.data), or DATABASE_URL. ADMIN_PASSWORD sets the password
instead of a generated one.`;

type Environment = Record<string, string | undefined>;
/** Answers what to print. */
type Work = (db: Database) => Promise<string>;
interface Order {
  email: string;
  name: string;
  /** Given by the operator; null: make one up. */
  password: string | null;
}

/** Answers the exit code. Throws StartRefusal with a sentence for the operator. */
export async function runAdmin(
  args: readonly string[],
  environment: Environment,
  print: (text: string) => void,
): Promise<number> {
  const work =
    args[0] === "roll-up" ? rollUpOrder(args.slice(1), environment, usage) : parse(args, environment);
  const { db, close } = openDatabase(findDatabase(environment), { maxConnections: 1, name: "rostrum-admin" });
  try {
    print(await work(db));
    return 0;
  } catch (error) {
    if (error instanceof StartRefusal) throw error;
    if (isDatabaseAway(error)) throw new StartRefusal("The database does not answer: see that it runs.");
    throw loggableCause(error);
  } finally {
    await close(1);
  }
}

function parse(args: readonly string[], environment: Environment): Work {
  const { values, positionals } = readArguments(args);
  const [action = "", emailText = "", ...more] = positionals;
  if (!isAction(action) || more.length > 0) throw new StartRefusal(usage);
  const email = v.safeParse(Email, emailText);
  if (!email.success)
    throw new StartRefusal(`"${emailText.slice(0, 100)}" is not an email address.\n\n${usage}`);
  const name = v.safeParse(DisplayName, values.name ?? "Admin");
  if (!name.success) throw new StartRefusal("--name must have 1 to 100 characters.");
  const password = environment.ADMIN_PASSWORD || null;
  if (password !== null && !v.is(Password, password)) {
    throw new StartRefusal("ADMIN_PASSWORD must have 8 to 200 characters.");
  }
  const order = { email: email.output, name: name.output, password };
  // Revocations are read by the gateways that hold sockets, within a second.
  return (db) => db.transaction((transaction) => actions[action](transaction, order));
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { name: { type: "string" } } });
  } catch (error) {
    throw new StartRefusal(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

const actions = { create, promote, reset };

function isAction(text: string): text is keyof typeof actions {
  return Object.hasOwn(actions, text);
}

async function create(db: Database, { email, name, password }: Order): Promise<string> {
  if (await findUserByEmail(db, email)) {
    throw new StartRefusal(
      `${email} has an account already: promote it (npm run admin -- promote ${email}).`,
    );
  }
  const secret = password ?? randomBase64Url(12);
  const id = newIdentifier("user");
  await insertUser(db, { id, email, name, role: "admin", passwordHash: await scryptHash(secret) });
  await auditAs(db, null, {
    action: "user.created",
    subject: { kind: "user", id },
    detail: { role: "admin" },
  });
  return `${email} is an admin now.${password === null ? `\nPassword: ${secret}` : ""}`;
}

async function promote(db: Database, { email }: Order): Promise<string> {
  const user = await existing(db, email);
  if (user.role === "admin") return `${email} is an admin already.`;
  await writeUser(db, user.id, { role: "admin" });
  await auditAs(db, null, {
    action: "user.role-changed",
    subject: { kind: "user", id: user.id },
    detail: { from: user.role, to: "admin" },
  });
  await recordRevocations(db, [{ userId: user.id, code: 4401 }]);
  return `${email} is an admin now.`;
}

async function reset(db: Database, { email, password }: Order): Promise<string> {
  const user = await existing(db, email);
  const secret = password ?? randomBase64Url(12);
  await setPassword(db, user.id, await scryptHash(secret), new Date());
  await auditAs(db, null, { action: "user.password-reset", subject: { kind: "user", id: user.id } });
  return `${email} has a new password, and every device is signed out.${password === null ? `\nPassword: ${secret}` : ""}`;
}

async function existing(db: Database, email: string) {
  const user = await findUserByEmail(db, email);
  if (!user) throw new StartRefusal(`Nobody has the email ${email}.`);
  return user;
}
