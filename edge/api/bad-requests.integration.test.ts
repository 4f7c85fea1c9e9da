import { afterAll, beforeAll, expect, test } from "vitest";
import { signSessionToken } from "../auth/session-token.ts";
import type { ProblemBody } from "../protocol/problem.ts";
import { createPublicApp } from "./app.ts";
import { createTestApi, type TestApi } from "./test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

const json = { "content-type": "application/json" };

async function expectProblem(response: Response, status: number, code: string): Promise<ProblemBody> {
  const text = await response.text();
  expect(response.status, text).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = JSON.parse(text) as ProblemBody;
  expect(problem).toMatchObject({ type: `/problems/${code}`, status });
  expect(problem.instance).toBe(`/requests/${response.headers.get("x-request-id")}`);
  return problem;
}

const register = (body: BodyInit, headers: Record<string, string> = json) =>
  api.publicApp.request("/api/auth/register", { method: "POST", headers, body });

test.each([
  ["{", 400, "malformed"],
  ["", 400, "malformed"],
  ["{'email': 1}", 400, "malformed"],
  ["[".repeat(500_000), 400, "malformed"],
  [`{"a":${"[".repeat(65)}${"]".repeat(65)}}`, 400, "malformed"],
  [`{"email":"${"x".repeat(2 * 1024 * 1024)}"}`, 413, "too-large"],
  ["null", 422, "invalid"],
  ["[]", 422, "invalid"],
  ['"text"', 422, "invalid"],
  ["{}", 422, "invalid"],
  ['{"__proto__": {"email": "a@b.cd"}, "password": 5}', 422, "invalid"],
])("a body that begins %.20j answers %i %s", async (body, status, code) => {
  await expectProblem(await register(body), status, code);
});

test("a body of unknown length is cut at the limit", async () => {
  const chunk = new TextEncoder().encode("x".repeat(65_536));
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (sent++ < 40) controller.enqueue(chunk);
      else controller.close();
    },
  });
  const request = new Request("http://a.test/api/auth/register", {
    method: "POST",
    headers: json,
    body,
    duplex: "half",
  } as RequestInit);
  await expectProblem(await api.publicApp.fetch(request), 413, "too-large");
});

test.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])(
  "a body of type %j is not understood",
  async (type) => {
    const headers: Record<string, string> = type ? { "content-type": type } : {};
    await expectProblem(await register('{"email":"a@b.cd"}', headers), 415, "unsupported-media-type");
  },
);

test("each bad field is named by its pointer, and nothing that was sent is repeated", async () => {
  const answer = await register(
    JSON.stringify({ email: "no-email-here", password: "hunter2", name: "Evil\u202eName" }),
  );
  const problem = await expectProblem(answer, 422, "invalid");
  expect(problem.errors?.map((error) => error.pointer).sort()).toEqual(["/email", "/name", "/password"]);
  expect(JSON.stringify(problem)).not.toMatch(/no-email-here|hunter2|Evil/);
});

test("what is not there is a problem too", async () => {
  await expectProblem(await api.publicApp.request("/api/nothing"), 404, "not-found");
  await expectProblem(await api.publicApp.request("/internal/media/commands"), 404, "not-found");
  await expectProblem(await api.publicApp.request("/api/events", { method: "PURGE" }), 404, "not-found");
});

test("the internal surface asks for the key before anything else", async () => {
  for (const authorization of [undefined, "Bearer wrong", "Bearer ", "test-internal-key"]) {
    const headers: Record<string, string> = authorization ? { authorization } : {};
    const answer = await api.internalApp.request("/internal/nothing", { headers });
    await expectProblem(answer, 401, "unauthenticated");
  }
});

test("an unknown error answers a title and a request id; the log has the cause and no parameters", async () => {
  const broken = new Proxy(api.deps.db, {
    get: () => () => {
      throw new Error("relation does not exist: select secret_column");
    },
  });
  const app = createPublicApp({ ...api.deps, db: broken });
  const problem = await expectProblem(await app.request("/api/events"), 500, "internal");
  expect(Object.keys(problem).sort()).toEqual(["instance", "status", "title", "type"]);
  const line = api.logLines.find((entry) => entry.includes("secret_column"));
  expect(line).toContain(problem.instance?.split("/").at(-1));
});

test("a database that is away is a 503 that says when to come back", async () => {
  const { openDatabase } = await import("../db/open-database.ts");
  const away = openDatabase("postgres://nobody:x@127.0.0.1:9/none");
  const app = createPublicApp({ ...api.deps, db: away.db });
  const answer = await app.request("/api/events");
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  const problem = await expectProblem(answer, 503, "unavailable");
  expect(JSON.stringify(problem)).not.toContain("127.0.0.1");
  const later = new Date(Date.now() + 60_000);
  const token = await signSessionToken(
    api.deps.environment.jwtSecret,
    { userId: "usr_a", loginId: "lgn_a" },
    later,
  );
  // Not 401: a client would throw a good token away.
  const me = await app.request("/api/auth/me", { headers: { authorization: `Bearer ${token}` } });
  await expectProblem(me, 503, "unavailable");
  await away.close(1);
});

test("other sites may call with a token, and never with the cookie", async () => {
  const preflight = await api.publicApp.request("/api/events", {
    method: "OPTIONS",
    headers: { origin: "https://other.test", "access-control-request-method": "POST" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
  expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
});

test("only the origins named in CORS_ORIGIN are allowed", async () => {
  const environment = { ...api.deps.environment, corsOrigins: ["https://a.example"] };
  const app = createPublicApp({ ...api.deps, environment });
  const allowed = async (origin: string) =>
    (await app.request("/api/events", { headers: { origin } })).headers.get("access-control-allow-origin");
  expect(await allowed("https://a.example")).toBe("https://a.example");
  expect(await allowed("https://b.example")).toBeNull();
});

test("health names what fails", async () => {
  const answer = await api.publicApp.request("/api/health");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    status: "failing",
    checks: { database: "ok", redis: "failing", rooms: "ok", media: "failing" },
  });
});

test("a request id is carried through, unless it is no id", async () => {
  const ask = async (id: string) =>
    (await api.publicApp.request("/api/events", { headers: { "x-request-id": id } })).headers.get(
      "x-request-id",
    );
  expect(await ask("trace-1")).toBe("trace-1");
  expect(await ask("<script>")).toMatch(/^req_/);
});
