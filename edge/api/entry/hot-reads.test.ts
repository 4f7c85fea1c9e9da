import { expect, test } from "vitest";
import { HotReads } from "./hot-reads.ts";

const event = "http://rostrum.test/api/events/evt_1";

/** A clock, an application that answers when told, and what it was asked. */
function createScene() {
  let now = 0;
  let giveUp: () => void = () => {};
  const asked: { request: Request; answer: (response: Response) => void; fail: () => void }[] = [];
  const pending: Promise<unknown>[] = [];
  const impatience = new Promise<null>((resolve) => {
    giveUp = () => resolve(null);
  });
  const reads = new HotReads(
    () => now,
    () => impatience,
  );
  const get = (headers: Record<string, string> = {}, url = event) =>
    reads.answer({
      request: new Request(url, { headers }),
      ask: (request) =>
        new Promise((resolve, reject) =>
          asked.push({ request, answer: resolve, fail: () => reject(new Error("away")) }),
        ),
      waitUntil: (work) => pending.push(work),
    });
  return { reads, asked, pending, get, giveUp: () => giveUp(), pass: (ms: number) => (now += ms) };
}

const json = (body: object, headers: Record<string, string> = {}, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
const bodyOf = async (answer: Promise<Response | null>) => (await answer)?.json();

test("those who ask at once and within a second share one question and one answer", async () => {
  const { asked, get, pass } = createScene();
  const all = [get(), get(), get()];
  asked[0]?.answer(json({ title: "Launch" }, { "x-request-id": "req_1" }));
  expect(await Promise.all(all.map(bodyOf))).toEqual([
    { title: "Launch" },
    { title: "Launch" },
    { title: "Launch" },
  ]);
  pass(999);
  const late = await get();
  expect([await late?.json(), late?.headers.get("x-request-id")]).toEqual([{ title: "Launch" }, null]);
  expect(asked).toHaveLength(1);
  pass(1);
  void get();
  expect(asked).toHaveLength(2);
});

test("other credentials, another query and another origin are other questions", async () => {
  const { asked, get } = createScene();
  void get();
  void get({ authorization: "Bearer a" });
  void get({ authorization: "Bearer b" });
  void get({ cookie: "x=1; rostrum_session=a" });
  void get({ cookie: "rostrum_session=b" });
  void get({ authorization: "Bearer a", cookie: "rostrum_session=a" });
  void get({ origin: "https://elsewhere.example" });
  void get({}, `${event}?x=1`);
  void get({ cookie: "rostrum_session =a" });
  expect(asked).toHaveLength(9);
  void get({ cookie: "rostrum_viewer=a" });
  expect(asked, "another cookie is no credential").toHaveLength(9);
});

test("only reads that are hot are shared", async () => {
  const { get, reads } = createScene();
  for (const path of [
    "/api/events",
    "/api/auth/me",
    "/api/events/evt_1/attendees",
    "/api/streams/str_1/playback",
    "/api/events/..%2f",
  ]) {
    expect(await get({}, `http://rostrum.test${path}`), path).toBeNull();
  }
  const write = {
    request: new Request(event, { method: "PUT" }),
    ask: async () => json({}),
    waitUntil: () => {},
  };
  expect(await reads.answer(write)).toBeNull();
});

test("who has the bytes already gets a 304, whoever fetched them", async () => {
  const { asked, get } = createScene();
  const leader = get({ "if-none-match": '"1-a"' });
  const followers = [get({ "if-none-match": 'W/"1-a"' }), get({ "if-none-match": '"0-z"' })];
  expect(asked[0]?.request.headers.get("if-none-match")).toBeNull();
  asked[0]?.answer(json({ title: "Launch" }, { etag: '"1-a"' }));
  expect((await leader)?.status).toBe(304);
  expect((await Promise.all(followers)).map((answer) => answer?.status)).toEqual([304, 200]);
});

test("refusals reach those who asked at once, and nobody later", async () => {
  const { asked, get } = createScene();
  const all = [get(), get()];
  asked[0]?.answer(json({ type: "/problems/unavailable" }, {}, 503));
  expect((await Promise.all(all)).map((answer) => answer?.status)).toEqual([503, 503]);
  void get();
  expect(asked).toHaveLength(2);
});

test.each(["set-cookie", "cache-control"])("an answer with %s is for the leader alone", async (name) => {
  const { asked, get } = createScene();
  const [leader, follower] = [get(), get()];
  asked[0]?.answer(json({ for: "leader" }, { [name]: name === "set-cookie" ? "a=b" : "private, no-store" }));
  expect(await bodyOf(leader)).toEqual({ for: "leader" });
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  asked[1]?.answer(json({ for: "follower" }));
  expect(await bodyOf(follower)).toEqual({ for: "follower" });
});

test("a follower waits a second for its leader and then asks itself", async () => {
  const { asked, get, giveUp } = createScene();
  const [leader, follower] = [get(), get()];
  giveUp();
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toHaveLength(2);
  asked[1]?.answer(json({ by: "follower" }));
  expect(await bodyOf(follower)).toEqual({ by: "follower" });
  asked[0]?.answer(json({ by: "leader" }));
  expect(await bodyOf(leader)).toEqual({ by: "leader" });
});

test("a leader whose question fails leaves its followers to ask themselves", async () => {
  const { asked, get, pending } = createScene();
  const [leader, follower] = [get(), get()];
  asked[0]?.fail();
  await expect(leader).rejects.toThrow("away");
  await Promise.all(pending);
  await new Promise((resolve) => setImmediate(resolve));
  asked[1]?.answer(json({ by: "follower" }));
  expect(await bodyOf(follower)).toEqual({ by: "follower" });
});

test("who writes reads what was written, also when an older read is still under way", async () => {
  const { asked, get, reads } = createScene();
  const mine = { authorization: "Bearer a" };
  const old = get(mine);
  reads.forget(new Request(event, { method: "PUT", headers: mine }));
  const fresh = get(mine);
  asked[0]?.answer(json({ title: "before" }));
  asked[1]?.answer(json({ title: "after" }));
  expect([await bodyOf(old), await bodyOf(fresh), await bodyOf(get(mine))]).toEqual([
    { title: "before" },
    { title: "after" },
    { title: "after" },
  ]);
});

test("its memory is bounded", async () => {
  const { asked, get } = createScene();
  for (let count = 0; count < 2500; count++) void get({ authorization: `Bearer ${count}` });
  expect(asked).toHaveLength(2500);
  void get({ authorization: "Bearer 2499" });
  expect(asked, "the newest stays").toHaveLength(2500);
  void get({ authorization: "Bearer 0" });
  expect(asked, "the oldest went").toHaveLength(2501);
}, 60_000);
