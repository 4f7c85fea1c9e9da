import { Hono } from "hono";
import { expect, test } from "vitest";
import { answerWithTag, requireUnchanged } from "./http-validators.ts";
import { answerError } from "./problem-responses.ts";
import type { ApiEnv } from "./request-context.ts";

/** A thing with one field, an editor's version, and a count that changes without an edit. */
function createThing() {
  const thing = { title: "first", seats: 0, version: 1 };
  const app = new Hono<ApiEnv>();
  app.onError(answerError);
  app.get("/", (c) => answerWithTag(c, { title: thing.title, seats: thing.seats }, thing.version));
  app.put("/", (c) => {
    requireUnchanged(c, thing.version);
    thing.version++;
    return answerWithTag(c, { title: thing.title, seats: thing.seats }, thing.version);
  });
  const ask = (method: string, headers: Record<string, string> = {}) => app.request("/", { method, headers });
  return { thing, ask };
}

const tagOf = (response: Response) => response.headers.get("etag") ?? "";

test("who has the same bytes is told so without them", async () => {
  const { thing, ask } = createThing();
  const tag = tagOf(await ask("GET"));
  const again = await ask("GET", { "if-none-match": `"other", W/${tag}` });
  expect([again.status, await again.text(), tagOf(again)]).toEqual([304, "", tag]);
  thing.seats = 1;
  expect((await ask("GET", { "if-none-match": tag })).status).toBe(200);
});

test("an edit in between refuses the second editor, a seat taken in between does not", async () => {
  const { thing, ask } = createThing();
  const tag = tagOf(await ask("GET"));
  thing.seats = 7;
  const first = await ask("PUT", { "if-match": tag });
  expect(first.status).toBe(200);
  const second = await ask("PUT", { "if-match": tag });
  expect([second.status, await second.json()]).toMatchObject([412, { type: "/problems/changed-meanwhile" }]);
  expect((await ask("PUT", { "if-match": tagOf(first) })).status, "the answer's tag is good for more").toBe(
    200,
  );
});

test("without If-Match or with * the last writer wins, and what is no tag of ours never matches", async () => {
  const { ask } = createThing();
  expect((await ask("PUT")).status).toBe(200);
  expect((await ask("PUT", { "if-match": "*" })).status).toBe(200);
  for (const condition of ["", "3", '"3"', 'W/"-3"', `"${"3".repeat(100_000)}`]) {
    expect((await ask("PUT", { "if-match": condition })).status, condition.slice(0, 20)).toBe(412);
  }
});
