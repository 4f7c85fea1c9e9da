/** Typing, reactions, watching and who is here: what people do in a session that is no event of its log. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../../../testing/support/wait-for.ts";
import { call } from "../../api/streams/test-client.ts";
import { makeUser } from "../../api/streams/test-scene.ts";
import type { ActivityReport } from "../../protocol/internal-rooms.ts";
import { type Person, TestRooms } from "../test-rooms.ts";
import { newRef, TestSocket, type Told } from "../test-socket.ts";

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start();
});
afterAll(() => rooms.stop());

const joinAll = (persons: Person[], sessionId: string) =>
  Promise.all(persons.map((person) => rooms.join(person, sessionId)));
const isTyping = (count: number) => (told: Told) => told.type === "chat:typing" && told.data.count === count;

/** They go on typing, as people do, until it has been seen: each time counts for 4 s. */
const typeUntil = (what: string, typists: TestSocket[], sessionId: string, seen: () => Told | undefined) =>
  waitFor(
    what,
    async () => {
      for (const socket of typists) await socket.acked("chat:typing", { sessionId });
      return seen();
    },
    { everyMilliseconds: 300 },
  );

/** A socket of someone who has not signed in. */
async function stranger(sessionId: string): Promise<TestSocket> {
  const { body } = await call(rooms.api, "POST", "/api/realtime/ticket", 200);
  const socket = await TestSocket.open(rooms.socketUrl(body.ticket));
  await socket.acked("session:join", { sessionId });
  return socket;
}

// Side by side: each has a session of its own, and waits for the room to be silent or to report.
test.concurrent("who types is named to the others, not to themselves, and is silent again after a while", async () => {
  const { sessionId, persons } = await rooms.scene(3);
  const [ada, bob, cy] = (await joinAll(persons, sessionId)) as [TestSocket, TestSocket, TestSocket];
  await ada.acked("chat:typing", { sessionId });
  const ofAda = { users: ["Person 0"], count: 1 };
  expect((await bob.until("someone types", isTyping(1))).data).toEqual(ofAda);
  expect((await ada.until("nobody else types", isTyping(0))).data).toEqual({ users: [], count: 0 });
  const two = await typeUntil("two type", [ada, bob], sessionId, () => cy.told.find(isTyping(2)));
  expect(two.data.users.length).toBe(2);
  expect((await ada.until("another types", isTyping(1))).data).toEqual({ users: ["Person 1"], count: 1 });
  await cy.until("silence", isTyping(0), cy.told.indexOf(two));
  for (const socket of [ada, bob, cy]) socket.end();
});

test.concurrent("whoever sends what they typed, or leaves, types no more", async () => {
  const { sessionId, persons } = await rooms.scene(2);
  const [ada, bob] = (await joinAll(persons, sessionId)) as [TestSocket, TestSocket];
  await typeUntil("someone types", [ada], sessionId, () => bob.told.find(isTyping(1)));
  await ada.acked("chat:send", { sessionId, text: "there" });
  const before = bob.told.length;
  await bob.until("silence", isTyping(0));
  await typeUntil("someone types again", [ada], sessionId, () => bob.told.slice(before).find(isTyping(1)));
  const again = bob.told.length;
  ada.vanish();
  await bob.until("silence", isTyping(0), again);
  bob.end();
});

test.concurrent("reactions of everyone are summed, and the sixth of one person in a second is refused", async () => {
  const { sessionId, persons } = await rooms.scene(3);
  const [ada, bob, cy] = (await joinAll(persons, sessionId)) as [TestSocket, TestSocket, TestSocket];
  for (const socket of [ada, bob]) await socket.acked("reaction:send", { sessionId, emoji: "🎉" });
  await bob.acked("reaction:send", { sessionId, emoji: "👩‍👩‍👧‍👦" });
  const sums = () => {
    const sum: Record<string, number> = {};
    for (const { type, data } of cy.told) {
      if (type !== "reaction:burst") continue;
      for (const [emoji, count] of Object.entries(data.reactions))
        sum[emoji] = (sum[emoji] ?? 0) + Number(count);
    }
    return sum;
  };
  await waitFor("all reactions", () => JSON.stringify(sums()) === '{"🎉":2,"👩‍👩‍👧‍👦":1}');
  const began = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 15 }, () => cy.ask("reaction:send", { sessionId, emoji: "👏" })),
  );
  const seconds = (performance.now() - began) / 1000;
  const refused = answers.filter(({ type }) => type === "error");
  // Five at once, and as many again a second.
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(5);
  expect(answers.length - refused.length).toBeLessThanOrEqual(5 + 5 * seconds);
  for (const { problem } of refused) {
    expect(problem).toMatchObject({ type: "/problems/too-many-requests", retryAfterSeconds: 1 });
  }
  for (const emoji of ["hello", "🎉🎉", "", "<b>", "__proto__", "🎉x"]) {
    expect((await ada.ask("reaction:send", { sessionId, emoji })).problem?.status, emoji).toBe(422);
  }
  for (const socket of [ada, bob, cy]) socket.end();
});

test.concurrent("who may not take part can neither type nor react, and is counted as watching", async () => {
  const { sessionId } = await rooms.scene(1);
  const outsider = await rooms.join(await rooms.newcomer(), sessionId);
  const anonymous = await stranger(sessionId);
  for (const [socket, type] of [
    [outsider, "/problems/forbidden"],
    [anonymous, "/problems/read-only"],
  ] as const) {
    expect((await socket.ask("chat:typing", { sessionId })).problem?.type).toBe(type);
    expect((await socket.ask("reaction:send", { sessionId, emoji: "🎉" })).problem?.type).toBe(type);
    await socket.acked("watch:state", { sessionId, playing: true });
  }
  for (const socket of [outsider, anonymous]) {
    socket.end();
    await socket.untilClosed();
  }
});

test.concurrent("without a join there is nothing to type, react to or watch in", async () => {
  const { sessionId, persons } = await rooms.scene(1);
  const socket = await rooms.connect(persons[0]!);
  for (const [type, more] of [
    ["chat:typing", {}],
    ["reaction:send", { emoji: "🎉" }],
    ["watch:state", { playing: true }],
  ] as const) {
    expect((await socket.ask(type, { sessionId, ...more })).problem?.type).toBe("/problems/forbidden");
  }
  await socket.acked("session:join", { sessionId });
  await socket.acked("session:leave", { sessionId });
  expect((await socket.ask("chat:typing", { sessionId })).problem?.type).toBe("/problems/forbidden");
  socket.end();
});

test.concurrent("who is muted is answered as ever, and seen by nobody to type or react", async () => {
  const { sessionId, persons } = await rooms.scene(3);
  const staff = await makeUser(rooms.api.deps.db, "admin");
  const [ada, bob, cy] = (await joinAll(persons, sessionId)) as [TestSocket, TestSocket, TestSocket];
  const mute = async (shadow: boolean, person: Person) =>
    rooms.tell(`/parties/session/${sessionId}/command`, {
      userId: staff,
      ref: newRef(),
      type: "chat:mute",
      data: { userId: person.userId, seconds: 600, shadow },
    });
  expect((await mute(false, persons[0]!)).status).toBe(200);
  expect((await mute(true, persons[1]!)).status).toBe(200);
  await ada.until("to hear of the mute", ({ type }) => type === "chat:muted");
  await cy.until("what was not for them", ({ type, seq }) => type === "session:seq" && seq === 2);
  for (const socket of [ada, bob]) {
    await socket.acked("chat:typing", { sessionId });
    await socket.acked("reaction:send", { sessionId, emoji: "🎉" });
  }
  await cy.acked("reaction:send", { sessionId, emoji: "👏" });
  const burst = await ada.until("a burst", ({ type }) => type === "reaction:burst");
  expect(burst.data).toEqual({ reactions: { "👏": 1 } });
  expect(cy.told.some(({ type }) => type === "chat:typing")).toBe(false);
  for (const socket of [ada, bob, cy]) socket.end();
});

test.concurrent("what people did is reported to the API, and an answer that is lost makes it say the same again", async () => {
  const { sessionId, persons } = await rooms.scene(1);
  const reports: ActivityReport[] = [];
  let isHeard = false;
  rooms.intercept = (request) => {
    if (!request.url.endsWith(`${sessionId}/activity`)) return null;
    void request
      .clone()
      .json()
      .then((report) => reports.push(report as ActivityReport));
    return isHeard ? new Response(null, { status: 204 }) : "cut";
  };
  const socket = await rooms.join(persons[0]!, sessionId);
  await socket.acked("reaction:send", { sessionId, emoji: "🎉" });
  await socket.acked("reaction:send", { sessionId, emoji: "🎉" });
  await socket.acked("watch:state", { sessionId, playing: true, latencySeconds: 2.5, stalls: 1 });
  await waitFor("a report", () => reports.length > 0, { timeoutSeconds: 40 });
  isHeard = true;
  await waitFor("it again", () => reports.length > 1, { timeoutSeconds: 40 });
  const [first, again] = reports;
  expect(again).toEqual(first);
  // Both may stand in one report, or the first have gone before the second.
  const { userId } = persons[0]!;
  const reactions = () =>
    [...new Map(reports.map((report) => [report.id, report.reactions])).values()].flat();
  const count = () => reactions().reduce((sum, reaction) => sum + reaction.count, 0);
  await waitFor("both reactions", () => count() >= 2, { timeoutSeconds: 40 });
  expect(count()).toBe(2);
  expect(reactions().every((reaction) => reaction.userId === userId && reaction.emoji === "🎉")).toBe(true);
  socket.end();
});

test.concurrent("staff can ask who is here: people once each, and how many strangers", async () => {
  const { sessionId, persons } = await rooms.scene(3);
  const sockets = await joinAll([...persons, persons[0]!], sessionId);
  sockets.push(await stranger(sessionId));
  const people = () => rooms.peopleIn(sessionId);
  const all = await waitFor("everyone to be counted", async () => {
    const answer = await people();
    return answer.count === 4 && answer;
  });
  expect(all.userIds.sort()).toEqual(persons.map(({ userId }) => userId).sort());
  expect(all).toMatchObject({ anonymous: 1, peak: 4 });
  for (const socket of sockets) socket.end();
  const none = await waitFor("nobody to be here", async () => {
    const answer = await people();
    return answer.count === 0 && answer;
  });
  expect(none).toMatchObject({ userIds: [], anonymous: 0, peak: 4 });
});
