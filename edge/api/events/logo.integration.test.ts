import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventLogos } from "../../db/schema/events-tables.ts";
import type { Event } from "../../protocol/events.ts";
import type { ProblemBody } from "../../protocol/problem.ts";
import { call, newToken } from "../streams/test-client.ts";
import { makeEvent } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { animatedPng, joined, jpeg, png, pngOfSize, webp } from "./test-logos.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

function upload(eventId: string, type: string, body: BodyInit, token = admin): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, "content-type": type };
  return Promise.resolve(
    api.publicApp.request(`/api/events/${eventId}/logo`, { method: "PUT", headers, body }),
  );
}
async function expectProblem(answer: Response, status: number, code: string): Promise<ProblemBody> {
  const text = await answer.text();
  expect(answer.status, text).toBe(status);
  const problem = JSON.parse(text) as ProblemBody;
  expect(problem.type).toBe(`/problems/${code}`);
  return problem;
}

test.each([
  ["image/png", png],
  ["image/jpeg", jpeg],
  ["image/webp", webp],
] as const)(
  "a logo of type %s comes back as it went, where it can do nothing but be looked at",
  async (type, bytes) => {
    const eventId = await makeEvent(api.deps.db, { visibility: "private" });
    const answer = await upload(eventId, type, bytes);
    expect(answer.status).toBe(200);
    const { logoUrl } = ((await answer.json()) as Event).branding;
    expect(logoUrl).toMatch(new RegExp(`^/api/events/${eventId}/logo/[0-9a-f]{64}$`));
    const served = await api.publicApp.request(logoUrl!);
    expect(served.status).toBe(200);
    expect(new Uint8Array(await served.arrayBuffer())).toEqual(bytes);
    expect(Object.fromEntries(served.headers)).toMatchObject({
      "content-type": type,
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "public, max-age=31536000, immutable",
    });
    const again = await api.publicApp.request(logoUrl!, {
      headers: { "if-none-match": served.headers.get("etag")! },
    });
    expect(again.status).toBe(304);
  },
);

test("another image has another address, and the old one is gone", async () => {
  const eventId = await makeEvent(api.deps.db);
  const first = ((await (await upload(eventId, "image/png", png)).json()) as Event).branding.logoUrl!;
  const second = ((await (await upload(eventId, "image/jpeg", jpeg)).json()) as Event).branding.logoUrl!;
  expect(second).not.toBe(first);
  expect((await api.publicApp.request(first)).status).toBe(404);
  const removed = await call(api, "DELETE", `/api/events/${eventId}/logo`, 200, { token: admin });
  expect(removed.body.branding.logoUrl).toBeNull();
  expect((await api.publicApp.request(second)).status).toBe(404);
  const rows = await api.deps.db.select().from(eventLogos).where(eq(eventLogos.eventId, eventId));
  expect(rows).toEqual([]);
});

test.each([
  ["a bomb", "image/png", pngOfSize(60_000, 60_000), "pixels"],
  ["a script", "image/png", joined("<script>alert(1)</script>"), "not a whole"],
  ["a page behind an image", "image/jpeg", joined(jpeg, "<script>alert(1)</script>"), "not a whole"],
  ["nothing", "image/webp", new Uint8Array(), "not a whole"],
  ["a JPEG that says it is a PNG", "image/png", jpeg, "Content-Type"],
  ["an animation", "image/png", animatedPng(), "animated"],
])("%s is no logo", async (_name, type, bytes, reason) => {
  const eventId = await makeEvent(api.deps.db);
  const problem = await expectProblem(await upload(eventId, type, bytes), 422, "invalid");
  expect(problem.errors?.[0]?.detail).toContain(reason);
});

test.each(["image/svg+xml", "text/html", "application/json", "image/gif", "multipart/form-data", ""])(
  "a body of type %j is not taken",
  async (type) => {
    const eventId = await makeEvent(api.deps.db);
    await expectProblem(await upload(eventId, type, png), 415, "unsupported-media-type");
  },
);

test("a logo has a largest size, whether or not its length is said", async () => {
  const eventId = await makeEvent(api.deps.db);
  await expectProblem(await upload(eventId, "image/png", new Uint8Array(512 * 1024 + 1)), 413, "too-large");
  await expectProblem(await upload(eventId, "image/png", new Uint8Array(2 * 1024 * 1024)), 413, "too-large");
});

test("only admins upload, and only to events that are there", async () => {
  const eventId = await makeEvent(api.deps.db);
  const token = await newToken(api);
  await expectProblem(await upload(eventId, "image/png", png, token), 403, "forbidden");
  await expectProblem(await upload("evt_absent", "image/png", png), 404, "not-found");
  for (const hash of ["0".repeat(64), "x", "..%2f..%2fetc%2fpasswd", "a".repeat(10_240)]) {
    expect((await api.publicApp.request(`/api/events/${eventId}/logo/${hash}`)).status).toBe(404);
  }
});
