/** What an operator does at the command line, beside a copy that runs. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { User } from "../../edge/protocol/accounts.ts";
import { repositoryRoot } from "../house/source-files.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";

let rostrum: Rostrum;
beforeAll(async () => {
  rostrum = await startRostrum();
});
afterAll(() => rostrum?.remove());

interface Ended {
  code: number;
  output: string;
  errors: string;
}

function npmRun(command: string, args: string[], environment: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["edge/local/bootstrap.mjs", command, ...args],
      {
        cwd: repositoryRoot,
        env: {
          PATH: process.env.PATH ?? "",
          HOME: process.env.HOME ?? "",
          DATA_DIR: rostrum.dataDirectory,
          ...environment,
        },
      },
      (_error, output, errors) => resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

async function fileOf(name: string, content: string): Promise<string> {
  const path = join(rostrum.dataDirectory, name);
  await writeFile(path, content);
  return path;
}

const attendeesOf = async (eventId: string) =>
  (await rostrum.admin.call<{ items: unknown[] }>("GET", `/api/events/${eventId}/attendees?limit=200`)).items;

test("a hundred people are imported into an event, tried first, and again without effect", async () => {
  const event = await rostrum.admin.createEvent({ visibility: "private" });
  const people = Array.from(
    { length: 100 },
    (_, index) => `guest${index}@example.org;"Guest ${index}";attendee\r\n`,
  );
  const path = await fileOf("guests.csv", `\ufeffemail;name;role\r\n${people.join("")}`);

  const tried = await npmRun("import", [path, "--event", event.id, "--dry-run"]);
  expect([tried.code, tried.errors], tried.output).toEqual([0, ""]);
  expect(tried.output).toContain("Dry run, nothing was done. Created 100, updated 0, skipped 0, invalid 0.");
  expect(await attendeesOf(event.id)).toEqual([]);

  const done = await npmRun("import", [path, "--event", event.id]);
  expect(done.output).toContain("100 of 100\nCreated 100, updated 0, skipped 0, invalid 0.");
  expect((await attendeesOf(event.id)).length).toBe(100);

  const again = await npmRun("import", [path, "--event", event.id]);
  expect(again.output).toContain("Created 0, updated 0, skipped 100, invalid 0.");
});

test("a row that is wrong is named with its line and fails the command; the others are in", async () => {
  const path = await fileOf("wrong.csv", "email,role\nright@example.org,speaker\nwrong,speaker\n");
  const { code, output } = await npmRun("import", [path]);
  expect(code).toBe(1);
  expect(output).toContain("line 3: invalid, email is not an email address");
  expect(output).toContain("Created 1, updated 0, skipped 0, invalid 1.");
});

test("a file that cannot be read, a file that is not there and a wrong URL are said in a sentence", async () => {
  const path = await fileOf("twice.csv", "email,email\na@example.org,b@example.org\n");
  const twice = await npmRun("import", [path]);
  expect([twice.code, twice.output]).toEqual([1, ""]);
  expect(twice.errors).toContain("line 1: the column email stands twice");
  expect((await npmRun("import", ["/nonexistent.csv"])).errors).toContain(
    "There is no file /nonexistent.csv.",
  );
  const elsewhere = await npmRun("import", [path, "--url", "http://127.0.0.1:9"], { ROSTRUM_TOKEN: "x" });
  expect(elsewhere.errors).toContain("http://127.0.0.1:9 does not answer.");
  const refused = await npmRun("import", [path, "--url", rostrum.url], { ROSTRUM_TOKEN: "x" });
  expect(refused.errors).toContain("Sign in first");
});

test("the import leaves no device signed in", async () => {
  const { items } = await rostrum.admin.call<{ items: { deviceName: string | null }[] }>(
    "GET",
    "/api/auth/sessions",
  );
  expect(items.map(({ deviceName }) => deviceName)).not.toContain("npm run import");
});

test("admins are made, promoted and reset beside the running copy", async () => {
  const created = await npmRun("admin", ["create", "operator@example.org"]);
  expect([created.code, created.errors]).toEqual([0, ""]);
  const password = /^Password: (\S+)$/m.exec(created.output)?.[1] ?? "";
  const operator = await rostrum.anonymous.login("operator@example.org", password);
  await operator.call("GET", "/api/users");

  const { client, signedIn } = await rostrum.anonymous.register("Ada");
  expect((await client.request("GET", "/api/users")).status).toBe(403);
  await npmRun("admin", ["promote", signedIn.user.email]);
  expect((await client.request("GET", "/api/users")).status).toBe(200);

  const reset = await npmRun("admin", ["reset", signedIn.user.email]);
  expect((await client.request("GET", "/api/auth/me")).status).toBe(401);
  const fresh = /^Password: (\S+)$/m.exec(reset.output)?.[1] ?? "";
  const back = await rostrum.anonymous.login(signedIn.user.email, fresh);
  expect((await back.call<{ user: User }>("GET", "/api/auth/me")).user.role).toBe("admin");
});
