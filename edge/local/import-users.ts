/** `npm run import`: people from a file into the copy that runs in DATA_DIR, or into any by its URL and a token. */
import { openAsBlob, statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { asc, eq } from "drizzle-orm";
import { signSessionToken } from "../auth/session-token.ts";
import { openDatabase } from "../db/open-database.ts";
import { logins, users } from "../db/schema/accounts-tables.ts";
import { newIdentifier } from "../protocol/identifier.ts";
import type { ProblemBody } from "../protocol/problem.ts";
import type { ImportMessage } from "../protocol/user-import.ts";
import { ImportProgress, type ProgressOutput } from "./import-progress.ts";
import { type RunningAddress, readAddress } from "./running-address.ts";
import { parseSettings } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";

const usage = `npm run import -- FILE [--event ID] [--role ROLE] [--dry-run] [--url URL]

FILE: CSV with the columns email, name, role in its first line, or JSON {"users": [{"email", "name", "role"}]}.
--event    everyone joins this event, and roles hold there only
--role     attendee, speaker, moderator or admin, for rows that name none
--dry-run  says what would be done, and does nothing
--url      another copy than the one in DATA_DIR; ROSTRUM_TOKEN is then an admin's token`;

type Environment = Record<string, string | undefined>;

/** Answers the exit code: 1 when a row was invalid. Throws StartRefusal with a sentence for the operator. */
export async function runImport(
  args: readonly string[],
  environment: Environment,
  output: ProgressOutput,
): Promise<number> {
  const { values, positionals } = readArguments(args);
  const [given, ...more] = positionals;
  if (given === undefined || more.length > 0) throw new StartRefusal(usage);
  // npm runs us in the repository, wherever it was called.
  const path = resolve(environment.INIT_CWD ?? process.cwd(), given);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new StartRefusal(`There is no file ${path}.`);
  const query = new URLSearchParams({
    ...(values["dry-run"] ? { dryRun: "true" } : {}),
    ...(values.event === undefined ? {} : { eventId: values.event }),
    ...(values.role === undefined ? {} : { role: values.role }),
  });
  const caller = await signIn(values.url, environment);
  try {
    const response = await send(`${caller.url}/api/users/import?${query}`, caller.token, path);
    return await follow(response, output);
  } finally {
    await caller.signOut();
  }
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        event: { type: "string" },
        role: { type: "string" },
        "dry-run": { type: "boolean" },
        url: { type: "string" },
      },
    });
  } catch (error) {
    throw new StartRefusal(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

interface Caller {
  url: string;
  token: string;
  signOut(): Promise<void>;
}

/** By ROSTRUM_TOKEN; else, whoever can read DATA_DIR is its operator, and acts as its first admin for this one import. */
async function signIn(url: string | undefined, environment: Environment): Promise<Caller> {
  const address = readAddress(parseSettings(environment).dataDirectory);
  const token = environment.ROSTRUM_TOKEN;
  if (token) {
    const base = url ?? address?.apiUrl;
    if (base === undefined) throw new StartRefusal("Say where with --url, as http://localhost:8080.");
    return { url: base.replace(/\/+$/, ""), token, signOut: async () => {} };
  }
  if (url !== undefined) throw new StartRefusal("--url needs an admin's token in ROSTRUM_TOKEN.");
  if (address === null) {
    throw new StartRefusal(
      "No copy runs in DATA_DIR: start it first (npm start), or give --url and an admin's token in ROSTRUM_TOKEN.",
    );
  }
  return signInAsOperator(address);
}

async function signInAsOperator({ apiUrl, databaseUrl, jwtSecret }: RunningAddress): Promise<Caller> {
  const { db, close } = openDatabase(databaseUrl, { maxConnections: 1, name: "rostrum-import" });
  try {
    const [admin] = await db
      .select({ id: users.id })
      .from(users)
      .where(eq(users.role, "admin"))
      .orderBy(asc(users.createdAt))
      .limit(1);
    if (!admin) throw new StartRefusal("There is no admin: npm run admin -- create EMAIL.");
    const loginId = newIdentifier("login");
    const expiresAt = new Date(Date.now() + 3_600_000);
    await db
      .insert(logins)
      .values({ id: loginId, userId: admin.id, deviceName: "npm run import", expiresAt });
    const token = await signSessionToken(jwtSecret, { userId: admin.id, loginId }, expiresAt);
    const signOut = async () => {
      await db.delete(logins).where(eq(logins.id, loginId));
      await close(1);
    };
    return { url: apiUrl, token, signOut };
  } catch (error) {
    await close(1);
    throw error;
  }
}

async function send(url: string, token: string, path: string): Promise<Response> {
  const type = path.toLowerCase().endsWith(".json") ? "application/json" : "text/csv";
  let response: Response;
  try {
    // Read from the disk as it is sent.
    response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": type },
      body: await openAsBlob(path),
    });
  } catch {
    throw new StartRefusal(`${new URL(url).origin} does not answer.`);
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => null)) as ProblemBody | null;
  const errors = (problem?.errors ?? []).map(
    ({ pointer, detail }) => `${pointer.slice(1).replace("/", " ")}: ${detail}`,
  );
  throw new StartRefusal(
    [problem?.title ?? `The answer was ${response.status}`, problem?.detail, ...errors]
      .filter(Boolean)
      .join("\n"),
  );
}

async function follow(response: Response, output: ProgressOutput): Promise<number> {
  const progress = new ImportProgress(output);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) progress.take(JSON.parse(line) as ImportMessage);
  }
  if (progress.exitCode === null) {
    throw new StartRefusal("The connection broke before the end: run the file again, which does the rest.");
  }
  return progress.exitCode;
}
