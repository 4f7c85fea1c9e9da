import { afterAll, beforeAll, expect, test } from "vitest";
import { call, newToken } from "../streams/test-client.ts";
import { makeEvent } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

const put = (path: string, status: number, body: unknown) =>
  call(api, "PUT", path, status, { token: admin, body });
const day = (hour: number) => `2031-05-02T${String(hour).padStart(2, "0")}:00:00.000Z`;

test("times have to be times, and an end lies behind its start", async () => {
  const id = await makeEvent(api.deps.db, { startsAt: new Date(day(8)), endsAt: new Date(day(18)) });
  for (const [body, pointer] of [
    [{ startsAt: day(19) }, "/endsAt"],
    [{ endsAt: day(8) }, "/endsAt"],
    [{ startsAt: "0000-01-01T00:00:00Z" }, "/startsAt"],
    [{ startsAt: "1969-12-31T23:59:59Z" }, "/startsAt"],
    [{ endsAt: "10000-01-01T00:00:00Z" }, "/endsAt"],
    [{ endsAt: "+010000-01-01T00:00:00Z" }, "/endsAt"],
    [{ endsAt: "2031-02-29T00:00:00Z" }, "/endsAt"],
    [{ endsAt: "2031-05-02T25:00:00Z" }, "/endsAt"],
    [{ endsAt: 5 }, "/endsAt"],
    [{ timeZone: "Mars/Olympus" }, "/timeZone"],
  ] as const) {
    const problem = (await put(`/api/events/${id}`, 422, body)).body;
    expect(
      problem.errors.map((error: { pointer: string }) => error.pointer),
      JSON.stringify(body),
    ).toEqual([pointer]);
  }
  await put(`/api/events/${id}`, 200, { endsAt: "9999-12-31T23:59:59Z" });
});

test("a slug is one event's, and of a form that an address can have", async () => {
  const slug = `taken-${Date.now()}`;
  await call(api, "POST", "/api/events", 201, { token: admin, body: { title: "x", slug } });
  const again = await call(api, "POST", "/api/events", 409, { token: admin, body: { title: "x", slug } });
  expect(again.body.type).toBe("/problems/slug-taken");
  const id = await makeEvent(api.deps.db);
  expect((await put(`/api/events/${id}`, 409, { slug })).body.type).toBe("/problems/slug-taken");
  for (const bad of ["", "../admin", "Big", "a b", "-a", "a--b", "ünïcode", "a".repeat(81), "<script>"]) {
    await put(`/api/events/${id}`, 422, { slug: bad });
  }
});

const million = "x".repeat(900_000);
test.each([
  ["title", million],
  ["title", ""],
  ["title", "a\0b"],
  ["title", "\ud800"],
  ["title", "evil\u202egnp.exe"],
  ["title", "two\nlines"],
  ["description", million],
  ["description", "a\0b"],
  ["description", "\udfff"],
  ["slug", million],
  ["timeZone", million],
  ["timeZone", "UTC\0"],
  ["timeZone", "+02:00"],
  ["timeZone", "../../etc/localtime"],
  ["accessCode", million],
  ["accessCode", "abc"],
  ["accessCode", "co\0de"],
  ["visibility", "secret"],
  ["branding", { primaryColor: "red" }],
  ["branding", { primaryColor: "#12345" }],
  ["branding", { accentColor: "url(https://evil.example)" }],
  ["branding", { bannerUrl: "javascript:alert(1)" }],
  ["branding", { bannerUrl: "data:text/html,<script>" }],
  ["branding", { bannerUrl: `https://a.example/${million}` }],
  ["branding", "#ffffff"],
])("an event's %s refuses what is sent (%#)", async (field, value) => {
  const id = await makeEvent(api.deps.db);
  const problem = (await put(`/api/events/${id}`, 422, { [field]: value })).body;
  expect(problem.errors[0].pointer).toMatch(new RegExp(`^/${field}`));
});

test.each(["[]", "null", '"title"', "5"])("%s is no change of an event", async (body) => {
  const id = await makeEvent(api.deps.db);
  const response = await api.publicApp.request(`/api/events/${id}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
    body,
  });
  expect(response.status, await response.text()).toBe(422);
});

test("a body of more than a million characters is refused before it is read", async () => {
  const id = await makeEvent(api.deps.db);
  const problem = (await put(`/api/events/${id}`, 413, { title: "x".repeat(1_100_000) })).body;
  expect(problem.type).toBe("/problems/too-large");
});

test("markup and quotes are text like any other", async () => {
  const id = await makeEvent(api.deps.db);
  const title = `<script>alert("1")</script> '; drop table events; -- \u200f`;
  const { body } = await put(`/api/events/${id}`, 200, { title, description: "line\r\nline\ttab" });
  expect(body).toMatchObject({ title: title.trim(), description: "line\r\nline\ttab" });
});
