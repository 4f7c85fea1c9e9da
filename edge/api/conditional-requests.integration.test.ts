import { afterAll, beforeAll, expect, test } from "vitest";
import { call, signIn } from "./streams/test-client.ts";
import { makeEvent, makeSession, makeStream, makeUser, seat } from "./streams/test-scene.ts";
import { createTestApi, type TestApi } from "./test-application.ts";

let api: TestApi;
let token: string;
let adminId: string;
beforeAll(async () => {
  api = await createTestApi();
  adminId = await makeUser(api.deps.db, "admin");
  token = (await signIn(api, adminId)).token;
});
afterAll(() => api.drop());

/** Paths of things that are read by many and edited by some. */
async function makeThings() {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { status: "scheduled" });
  const sessionId = await makeSession(db, eventId);
  const { id: streamId } = await makeStream(db, { sessionId });
  return {
    event: { path: `/api/events/${eventId}`, id: eventId, edit: { title: "Edited" } },
    session: { path: `/api/sessions/${sessionId}`, id: sessionId, edit: { title: "Edited" } },
    stream: { path: `/api/streams/${streamId}`, id: streamId, edit: { title: "Edited" } },
    user: { path: `/api/users/${await makeUser(db)}`, id: "", edit: { name: "Edited" } },
  };
}
type Kind = keyof Awaited<ReturnType<typeof makeThings>>;
const kinds: Kind[] = ["event", "session", "stream", "user"];
const get = (path: string, status: number, headers = {}) =>
  call(api, "GET", path, status, { token, headers });
const put = (path: string, status: number, body: object, headers = {}) =>
  call(api, "PUT", path, status, { token, body, headers });
const tagOf = ({ headers }: { headers: Headers }) => headers.get("etag") ?? "";

test.each(kinds)("who has a %s already gets it again only after a change", async (kind) => {
  const { path, edit } = (await makeThings())[kind];
  const tag = tagOf(await get(path, 200));
  expect(tag).toMatch(/^"1-[0-9a-f]{24}"$/);
  const unchanged = await get(path, 304, { "if-none-match": tag });
  expect([unchanged.text, tagOf(unchanged)]).toEqual(["", tag]);
  const edited = tagOf(await put(path, 200, edit));
  expect(edited).not.toBe(tag);
  await get(path, 200, { "if-none-match": tag });
  await get(path, 304, { "if-none-match": edited });
});

test.each(kinds)(
  "of two who edit the same %s at once, one is told that the other was first",
  async (kind) => {
    const { path, edit } = (await makeThings())[kind];
    for (let round = 0; round < 10; round++) {
      const tag = tagOf(await get(path, 200));
      const field = Object.keys(edit)[0] ?? "";
      const answers = await Promise.all(
        ["One", "Other"].map((name) =>
          api.publicApp.request(path, {
            method: "PUT",
            headers: {
              authorization: `Bearer ${token}`,
              "content-type": "application/json",
              "if-match": tag,
            },
            body: JSON.stringify({ [field]: `${name} ${round}` }),
          }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
      const refused = await answers.find(({ status }) => status === 412)?.json();
      expect(refused).toMatchObject({ type: "/problems/changed-meanwhile" });
      const kept = (await answers.find(({ status }) => status === 200)?.json()) as Record<string, string>;
      expect((await get(path, 200)).body[field]).toBe(kept[field]);
    }
  },
);

test("a seat that is taken meanwhile is no edit, though it is another answer", async () => {
  const { event } = await makeThings();
  const tag = tagOf(await get(event.path, 200));
  await seat(api.deps.db, event.id, adminId);
  await get(event.path, 200, { "if-none-match": tag });
  await put(event.path, 200, event.edit, { "if-match": tag });
});

test("a list of streams has a tag of its own", async () => {
  const tag = tagOf(await get("/api/streams", 200));
  await get("/api/streams", 304, { "if-none-match": tag });
  await makeStream(api.deps.db);
  await get("/api/streams", 200, { "if-none-match": tag });
});
