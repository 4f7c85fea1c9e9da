import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { newToken } from "../../api/streams/test-client.ts";
import { makeEvent } from "../../api/streams/test-scene.ts";
import { createTestApi, freshEmail, type TestApi } from "../../api/test-application.ts";
import { Event } from "../../protocol/events.ts";
import { listOf } from "../../protocol/list.ts";
import { ApiError, bodyOf, createRostrumClient, parsedBodyOf, rostrum } from "./api-client.ts";
import { example } from "./client-example.ts";

let api: TestApi;
let asked: string[];
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());
afterEach(() => vi.unstubAllGlobals());

/** The real API behind the `fetch` of pages, whose paths have no host. */
function reach(answer?: () => Response): void {
  asked = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    asked.push(`${init.method} ${url}`);
    return answer ? answer() : api.publicApp.request(url, init);
  });
}

async function problemOf(call: Promise<unknown>) {
  const error = await call.then(
    () => expect.fail("nothing was thrown"),
    (reason: unknown) => reason,
  );
  return error instanceof ApiError ? error.problem : expect.fail(String(error));
}

test("a client with a token acts as its user, and the answers are what their types say", async () => {
  reach();
  const token = await newToken(api, "admin");
  const admin = createRostrumClient("http://rostrum.test", token);
  const event = await bodyOf(admin.api.events.$post({ json: { title: "Launch", maxAttendees: 5 } }));
  expect(event).toMatchObject({ title: "Launch", maxAttendees: 5, sessions: [] });
  const param = { id: event.id };
  const updated = await bodyOf(admin.api.events[":id"].$put({ param, json: { title: "Landing" } }));
  expect(updated.title).toBe("Landing");
  const joined = await admin.api.events[":id"].join.$post({ param, json: {} });
  expect(joined.status).toBe(201);
  const gone = await admin.api.events[":id"].$delete({ param });
  expect(gone.status).toBe(204);
});

test("a page asks where it came from, and reads by the schema", async () => {
  reach();
  const id = await makeEvent(api.deps.db);
  const answer = rostrum.api.events.$get({ query: { limit: "100", status: "live" } });
  const { items } = await parsedBodyOf(answer, listOf(Event));
  expect(items.map((event) => event.id)).toContain(id);
  await rostrum.api.realtime.ticket.$post({ query: {} });
  expect(asked).toEqual(["GET /api/events?limit=100&status=live", "POST /api/realtime/ticket"]);
});

test("an error is thrown as the problem that the API answered", async () => {
  reach();
  const login = rostrum.api.auth.login.$post({ json: { email: freshEmail(), password: "no password" } });
  expect(await problemOf(login)).toMatchObject({ type: "/problems/bad-credentials", status: 401 });
  const invalid = rostrum.api.auth.register.$post({ json: { email: "", password: "", name: "" } });
  expect((await problemOf(invalid)).errors?.map(({ pointer }) => pointer)).toContain("/email");
});

test("no answer, a proxy's answer and an answer of another shape are problems too", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
  expect(await problemOf(rostrum.api.auth.me.$get())).toMatchObject({ type: "/problems/unavailable" });
  reach(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  expect(await problemOf(rostrum.api.auth.me.$get())).toMatchObject({ type: "/problems/unavailable" });
  reach(() => new Response("<h1>Hello</h1>"));
  const read = parsedBodyOf(rostrum.api.events.$get({ query: {} }), listOf(Event));
  expect(await problemOf(read)).toMatchObject({ type: "/problems/internal" });
});

test("the README's example runs, and is what the README shows", async () => {
  reach();
  const registered = { email: freshEmail(), password: "correct horse battery", name: "Ada" };
  const { user } = await bodyOf(rostrum.api.auth.register.$post({ json: registered }));
  const token = await newToken(api, "admin");
  const admin = createRostrumClient("/", token);
  await admin.api.users[":id"].role.$patch({ param: { id: user.id }, json: { role: "admin" } });
  expect(await example(registered.email, registered.password)).toMatch(/^publish to rtmp:\/\/.* sk_/);

  const source = readFileSync(new URL("client-example.ts", import.meta.url), "utf8");
  const lines = source.slice(source.indexOf("  const anyone"), source.indexOf("  return `publish"));
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const shown = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
  for (const block of shown.filter((text) => text.includes("createRostrumClient("))) {
    expect(block.replace(/^import .*\n+/, "")).toBe(lines.replace(/^ {2}/gm, ""));
  }
});
