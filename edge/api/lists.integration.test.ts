import { afterAll, beforeAll, expect, test } from "vitest";
import { pollOptions, polls, questions } from "../db/schema/engagement-tables.ts";
import { announcements, attendees, bans, members, waitlist } from "../db/schema/events-tables.ts";
import { newIdentifier } from "../protocol/identifier.ts";
import { auditAs } from "./audit/audit.ts";
import { call, signIn } from "./streams/test-client.ts";
import { makeEvent, makeSession, makeStream, makeUser } from "./streams/test-scene.ts";
import { createTestApi, type TestApi } from "./test-application.ts";
import { expectStablePages } from "./test-pages.ts";

let api: TestApi;
let token: string;
let adminId: string;
beforeAll(async () => {
  api = await createTestApi();
  adminId = await makeUser(api.deps.db, "admin");
  token = (await signIn(api, adminId)).token;
});
afterAll(() => api.drop());

interface List {
  path: string;
  /** Makes one item and returns what it is known by. */
  add: () => Promise<string>;
  keyOf?: (item: object) => string;
}
const personOf = (item: object) => {
  const { user, userId } = item as { user?: { id: string }; userId?: string };
  return user?.id ?? userId ?? "";
};

/** One person more in one of an event's lists. */
function peopleList(name: string, insert: (eventId: string, userId: string) => Promise<unknown>) {
  return async (): Promise<List> => {
    const eventId = await makeEvent(api.deps.db, { status: "scheduled" });
    const add = async () => {
      const userId = await makeUser(api.deps.db);
      await insert(eventId, userId);
      return userId;
    };
    return { path: `/api/events/${eventId}/${name}`, add, keyOf: personOf };
  };
}

/** One question more in a session. */
function questionList(query: string) {
  return async (): Promise<List> => {
    const { db } = api.deps;
    const sessionId = await makeSession(db, await makeEvent(db));
    const add = async () => {
      const id = newIdentifier("question");
      await db.insert(questions).values({ id, sessionId, userId: adminId, text: "Why?" });
      return id;
    };
    return { path: `/api/questions/session/${sessionId}?${query}`, add };
  };
}

const lists: Record<string, () => Promise<List>> = {
  events: async () => ({ path: "/api/events", add: () => makeEvent(api.deps.db) }),
  streams: async () => ({ path: "/api/streams", add: async () => (await makeStream(api.deps.db)).id }),
  users: async () => ({ path: "/api/users", add: () => makeUser(api.deps.db) }),
  attendees: peopleList("attendees", (eventId, userId) =>
    api.deps.db.insert(attendees).values({ eventId, userId }),
  ),
  waitlist: peopleList("waitlist", (eventId, userId) =>
    api.deps.db.insert(waitlist).values({ eventId, userId }),
  ),
  members: peopleList("members", (eventId, userId) =>
    api.deps.db.insert(members).values({ eventId, userId, role: "speaker" }),
  ),
  bans: peopleList("bans", (eventId, userId) => api.deps.db.insert(bans).values({ eventId, userId })),
  announcements: async () => {
    const eventId = await makeEvent(api.deps.db);
    const add = async () => {
      const id = newIdentifier("announcement");
      await api.deps.db.insert(announcements).values({ id, eventId, userId: adminId, text: "Soon" });
      return id;
    };
    return { path: `/api/events/${eventId}/announcements`, add };
  },
  polls: async () => {
    const { db } = api.deps;
    const sessionId = await makeSession(db, await makeEvent(db));
    const add = async () => {
      const id = newIdentifier("poll");
      await db.insert(polls).values({ id, sessionId, question: "Tea?" });
      const option = { id: newIdentifier("pollOption"), pollId: id, position: 0, text: "Yes" };
      await db.insert(pollOptions).values(option);
      return id;
    };
    return { path: `/api/polls/session/${sessionId}`, add };
  },
  "new questions": questionList("sort=new"),
  "top questions": questionList("sort=top"),
  audit: async () => {
    const id = newIdentifier("stream");
    let count = 0;
    const add = async () => {
      const name = `n${count++}`;
      await auditAs(api.deps.db, adminId, {
        action: "stream.ended",
        subject: { kind: "stream", id },
        detail: { name },
      });
      return name;
    };
    const keyOf = (item: object) => (item as { detail: { name: string } }).detail.name;
    return { path: `/api/audit?subjectId=${id}`, add, keyOf };
  },
};

test.each(Object.entries(lists))(
  "pages of %s neither repeat nor leave out an item while more are made",
  async (_, make) => {
    const { path, add, keyOf } = await make();
    const present: string[] = [];
    for (let count = 0; count < 7; count++) present.push(await add());
    const list = async (query: string) =>
      (await call(api, "GET", `${path}${path.includes("?") ? "&" : "?"}${query}`, 200, { token })).body;
    const pages = await expectStablePages({ list, add, present, ...(keyOf ? { keyOf } : {}) });
    expect(pages).toBeGreaterThanOrEqual(4);
  },
);

test("items made in the same millisecond are told apart by their ids", async () => {
  const createdAt = new Date("2026-01-01T00:00:00.123Z");
  const present: string[] = [];
  for (let count = 0; count < 9; count++) present.push(await makeEvent(api.deps.db, { createdAt }));
  const list = async (query: string) => (await call(api, "GET", `/api/events?${query}`, 200, { token })).body;
  await expectStablePages({ list, add: async () => {}, present });
});

test.each(Object.entries(lists))(
  "a page of %s is asked for by a number and a cursor of ours",
  async (_, make) => {
    const { path } = await make();
    const joint = path.includes("?") ? "&" : "?";
    for (const query of [
      "limit=0",
      "limit=201",
      "limit=-1",
      "limit=1.5",
      "limit=x",
      "cursor=x",
      "cursor=%00",
      "cursor=WzEsMl0",
    ]) {
      const { body } = await call(api, "GET", `${path}${joint}${query}`, 422, { token });
      expect(body.errors[0].pointer, query).toBe(`/${query.split("=")[0]}`);
    }
  },
);
