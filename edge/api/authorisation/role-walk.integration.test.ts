/**
 * Walks every operation of the OpenAPI document with every kind of caller before everything a path can name, and
 * holds the live answers against the table. What is refused must also leave everything as it is.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { problemCatalogue } from "../../protocol/problem.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { refusal } from "./access-rule.ts";
import { type OperationId, operationIds, operationSections, ruleOf } from "./operations.ts";
import { type Caller, callers } from "./test-walk-callers.ts";
import type { WalkSubject } from "./test-walk-events.ts";
import { walkPassword, walkRequest } from "./test-walk-requests.ts";
import { versionsOf } from "./test-walk-versions.ts";
import { makeWorld, type World } from "./test-walk-world.ts";

interface WalkedOperation {
  id: OperationId;
  method: string;
  path: string;
}

let api: TestApi;
let passwordHash: string;
let operations: WalkedOperation[];
beforeAll(async () => {
  api = await createTestApi();
  passwordHash = await api.deps.passwordHasher.hash(walkPassword);
  const document = (await (await api.publicApp.request("/api/openapi.json")).json()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      id: operationId as OperationId,
      method: method.toUpperCase(),
      path,
    })),
  );
});
afterAll(() => api.drop());

test("every operation of the document stands in the table, once, and the table has no other", () => {
  const documented = operations.map(({ id }) => id);
  expect(new Set(documented).size).toBe(documented.length);
  expect([...documented].sort()).toEqual([...operationIds].sort());
  const rows = operationSections.flatMap((section) => Object.keys(section));
  expect(new Set(rows).size).toBe(rows.length);
});

/** The status of the refusal, or `allowed`. */
function expectation(id: OperationId, caller: Caller, { facts }: WalkSubject): number | "allowed" {
  const rule = ruleOf(id);
  const isBadToken = caller.token === "revoked" || caller.token === "expired";
  if (isBadToken && rule.who !== "anyone") return 401;
  const globalRole = caller.token === "good" ? caller.globalRole : null;
  const refused = refusal(rule, { globalRole, subject: facts });
  if (refused) return problemCatalogue[refused].status;
  // Let through to the handler without what it asks for.
  return rule.admitsUnseen && !facts?.sees ? 404 : "allowed";
}

let walked = 0;
const succeeded = new Set<OperationId>();

test.each(Object.entries(callers))(
  "%s meets what the table says",
  async (_, caller: Caller) => {
    let world = await makeWorld(api, caller, passwordHash);
    let before = await versionsOf(api, world);
    const kinds = Object.fromEntries(
      Object.entries(world.subjects).map(([kind, list]) => [kind, list.length]),
    );
    const failures: string[] = [];
    for (const operation of operations) {
      const rule = ruleOf(operation.id);
      for (let index = 0; index < (kinds[rule.subject] ?? 0); index++) {
        const subject = world.subjects[rule.subject][index]!;
        const expected = expectation(operation.id, caller, subject);
        const isWrite = operation.method !== "GET";
        if (expected === "allowed" && isWrite) {
          expect(await versionsOf(api, world), "refused requests have changed something").toEqual(before);
        }
        const { isAdmitted, status, text } = await send(operation, world, subject);
        walked++;
        const met = isAdmitted ? "allowed" : status;
        if (met === "allowed") succeeded.add(operation.id);
        if (met !== expected) {
          failures.push(
            `${operation.id}, ${subject.name}: ${expected} expected, met ${status} ${text.slice(0, 300)}`,
          );
        }
        if (met === "allowed" && isWrite) {
          world = await makeWorld(api, caller, passwordHash);
          before = await versionsOf(api, world);
        }
      }
    }
    expect(failures).toEqual([]);
    expect(await versionsOf(api, world), "refused requests have changed something").toEqual(before);
  },
  300_000,
);

test.each(Object.entries(callers))("lists show %s what is there one by one", async (_, caller: Caller) => {
  if (caller.token === "revoked" || caller.token === "expired") return;
  const world = await makeWorld(api, caller, passwordHash);
  for (const [kind, path] of [
    ["event", "/api/events"],
    ["stream", "/api/streams"],
  ] as const) {
    // Newest first: this world was made last.
    const response = await api.publicApp.request(`${path}?limit=50`, {
      headers: world.token === null ? {} : { authorization: `Bearer ${world.token}` },
    });
    const { items } = (await response.json()) as { items: { id: string }[] };
    const listed = new Set(items.map(({ id }) => id));
    const subjects = world.subjects[kind];
    const seen = subjects.filter(({ facts }) => facts?.sees).map(({ name }) => name);
    expect(
      subjects.filter(({ id }) => listed.has(id)).map(({ name }) => name),
      path,
    ).toEqual(seen);
  }
});

test("no operation was refused to all", () => {
  expect(operations.map(({ id }) => id).filter((id) => !succeeded.has(id))).toEqual([]);
  const size = `${operations.length} operations, ${Object.keys(callers).length} callers, ${walked} requests`;
  process.stdout.write(`role walk: ${size}\n`);
});

async function send({ id, method, path }: WalkedOperation, world: World, subject: WalkSubject) {
  const request = await walkRequest(id, { api, world, subject });
  const { body, contentType, parameters, admittedStatus } = request;
  const rule = ruleOf(id);
  const names = {
    ...parameters,
    ...(rule.subject === "none" ? {} : { [rule.parameter ?? "id"]: subject.id }),
  };
  const url = path.replace(
    /\{(\w+)\}/g,
    (_, name: string) => (names as Record<string, string>)[name] ?? "missing",
  );
  const response = await api.publicApp.request(url, {
    method,
    headers: {
      ...(world.token === null ? {} : { authorization: `Bearer ${world.token}` }),
      ...(contentType === undefined ? {} : { "content-type": contentType }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const { status, ok } = response;
  return { isAdmitted: ok || status === admittedStatus, status, text: await response.text() };
}
