/** Votes and upvotes: how often totals are said, to whom they are hidden, and that they are true for whoever comes back. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { giveRole } from "../../api/streams/test-scene.ts";
import { gatewayFor } from "../../protocol/realtime.ts";
import { type Person, TestRooms } from "../test-rooms.ts";
import { newRef, type TestSocket, type Told } from "../test-socket.ts";

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start();
});
afterEach(() => {
  rooms.intercept = () => null;
});
afterAll(() => rooms.stop());

/** People of whom the last is a speaker of the event. */
async function scene(people: number) {
  const { eventId, sessionId, persons } = await rooms.scene(people + 1);
  const speaker = persons.pop()!;
  await giveRole(rooms.api.deps.db, eventId, speaker.userId, "speaker");
  return { sessionId, persons, speaker };
}

/** As the API hands a write to the session's room. */
async function command(sessionId: string, { userId }: Person, type: string, data: unknown, ref = newRef()) {
  const body = { userId, ref, type, data };
  const response = await rooms.tell(`/parties/session/${sessionId}/command`, body);
  const result = await response.json();
  expect(response.status, JSON.stringify(result)).toBe(200);
  return result as { ok: boolean; ack: { id: string; options: { id: string }[] } };
}
const makePoll = async (sessionId: string, speaker: Person, more = {}) =>
  (await command(sessionId, speaker, "poll:create", { question: "Tea?", options: ["Yes", "No"], ...more }))
    .ack;

const isTotal = (pollId: string, totalVotes: number) => (told: Told) =>
  told.type === "poll:vote" && told.data.pollId === pollId && told.data.totalVotes === totalVotes;
const votes = ({ data }: Told) => {
  const options: readonly { votes: number | null }[] | null = data.options;
  return options?.map((option) => option.votes) ?? null;
};

// Side by side: each has a session of its own.
test.concurrent("many votes at once are few totals, and the last of them is right", async () => {
  const { sessionId, persons, speaker } = await scene(40);
  const poll = await makePoll(sessionId, speaker);
  const sockets = await Promise.all(persons.map((person) => rooms.join(person, sessionId)));
  const began = performance.now();
  await Promise.all(
    sockets.map((socket, index) =>
      socket.acked("poll:vote", { sessionId, pollId: poll.id, optionIds: [poll.options[index % 2]!.id] }),
    ),
  );
  for (const socket of sockets) {
    expect(votes(await socket.until("the last total", isTotal(poll.id, 40)))).toEqual([20, 20]);
    const quarters = (performance.now() - began) / 250;
    const frames = socket.frames.filter((frame) => frame.some(({ type }) => type === "poll:vote"));
    expect(frames.length).toBeLessThanOrEqual(Math.ceil(quarters) + 1);
    expect(socket.told.filter(({ type }) => type === "poll:voted").length).toBe(1);
    socket.end();
  }
});

test.concurrent("hidden results are for the team and for those who have voted, on each of their devices", async () => {
  const { sessionId, persons, speaker } = await scene(2);
  const [voter, other] = persons as [Person, Person];
  const team = await rooms.join(speaker, sessionId);
  const [socket, device, silent] = await Promise.all(
    [voter, voter, other].map((person) => rooms.join(person, sessionId)),
  );
  const poll = await makePoll(sessionId, speaker, { hideResults: true });
  const vote = (which: TestSocket, option: number) =>
    which.acked("poll:vote", { sessionId, pollId: poll.id, optionIds: [poll.options[option]!.id] });
  await vote(socket!, 0);
  for (const own of [socket!, device!]) {
    const voted = await own.until("the own vote", ({ type }) => type === "poll:voted");
    expect(voted.data).toEqual({ pollId: poll.id, optionIds: [poll.options[0]!.id] });
    expect(
      votes(await own.until("the whole total", (told) => isTotal(poll.id, 1)(told) && votes(told) !== null)),
    ).toEqual([1, 0]);
  }
  expect(votes(await team.until("the whole total", isTotal(poll.id, 1)))).toEqual([1, 0]);
  expect(votes(await silent!.until("the total", isTotal(poll.id, 1)))).toBeNull();

  await vote(silent!, 1);
  expect(
    votes(
      await silent!.until("the whole total", (told) => isTotal(poll.id, 2)(told) && votes(told) !== null),
    ),
  ).toEqual([1, 1]);
  await command(sessionId, speaker, "poll:change", { pollId: poll.id, status: "closed" });
  const closed = await silent!.until("the end", ({ type }) => type === "poll:updated");
  expect(votes(closed)).toEqual([1, 1]);
  for (const each of [team, socket!, device!, silent!]) each.end();
});

test.concurrent("whoever comes back is told the totals as they are, without an event in between", async () => {
  const { sessionId, persons, speaker } = await scene(2);
  const [voter, away] = persons as [Person, Person];
  const poll = await makePoll(sessionId, speaker);
  const question = await command(sessionId, voter, "question:ask", { text: "Why?" });
  const socket = await rooms.join(voter, sessionId);
  const gone = await rooms.join(away, sessionId);
  const { seq } = await gone.acked("session:join", { sessionId });
  gone.vanish();
  await socket.acked("poll:vote", { sessionId, pollId: poll.id, optionIds: [poll.options[1]!.id] });
  await socket.acked("question:upvote", { sessionId, questionId: question.ack.id });
  await socket.until("the total", isTotal(poll.id, 1));
  const back = await rooms.join(away, sessionId, seq);
  expect(votes(await back.until("the votes", isTotal(poll.id, 1)))).toEqual([0, 1]);
  const isUpvoted = ({ type, data }: Told) => type === "question:upvote" && data.upvotes === 1;
  const upvotes = await back.until("the upvote", isUpvoted);
  expect(upvotes.data.questionId).toBe(question.ack.id);
  socket.end();
  back.end();
});

test.concurrent("votes that were committed without the room are said after its poke, to the voter's devices too", async () => {
  const { sessionId, persons, speaker } = await scene(2);
  const [voter] = persons as [Person];
  const poll = await makePoll(sessionId, speaker, { hideResults: true });
  const own = await rooms.join(voter, sessionId);
  const socket = await rooms.join(speaker, sessionId);
  const { seq } = await socket.acked("session:join", { sessionId });
  const response = await rooms.api.internalApp.request(`/internal/sessions/${sessionId}/commit`, {
    method: "POST",
    headers: { authorization: "Bearer test-internal-key", "content-type": "application/json" },
    body: JSON.stringify({
      commands: [
        {
          userId: voter.userId,
          ref: newRef(),
          type: "poll:vote",
          data: { pollId: poll.id, optionIds: [poll.options[0]!.id] },
        },
      ],
    }),
  });
  expect(response.status).toBe(200);
  const { personal } = (await response.json()) as { personal: unknown[] };
  await rooms.tell(`/parties/session/${sessionId}/poke`, { head: seq, personal });
  expect(votes(await socket.until("the votes", isTotal(poll.id, 1)))).toEqual([1, 0]);
  const isWhole = (told: Told) => isTotal(poll.id, 1)(told) && votes(told) !== null;
  await own.until("the own vote", ({ type }) => type === "poll:voted");
  expect(votes(await own.until("the whole votes", isWhole))).toEqual([1, 0]);
  for (const each of [socket, own]) each.end();
});

test.concurrent("votes that were committed without the room are read by and by where no poke came", async () => {
  const { sessionId, persons, speaker } = await scene(1);
  const [voter] = persons as [Person];
  const poll = await makePoll(sessionId, speaker);
  const socket = await rooms.join(speaker, sessionId);
  const vote = { pollId: poll.id, optionIds: [poll.options[0]!.id] };
  await rooms.api.internalApp.request(`/internal/sessions/${sessionId}/commit`, {
    method: "POST",
    headers: { authorization: "Bearer test-internal-key", "content-type": "application/json" },
    body: JSON.stringify({
      commands: [{ userId: voter.userId, ref: newRef(), type: "poll:vote", data: vote }],
    }),
  });
  expect(votes(await socket.until("the votes", isTotal(poll.id, 1)))).toEqual([1, 0]);
  socket.end();
});

test.concurrent("a command by HTTP and one by socket under the same ref are one, and everyone hears it", async () => {
  const { sessionId, persons } = await scene(4);
  const [author] = persons as [Person];
  const listener =
    persons.find(({ userId }) => gatewayFor(userId, 2) !== gatewayFor(author.userId, 2)) ?? author;
  const socket = await rooms.join(author, sessionId);
  const other = await rooms.join(listener, sessionId);
  const ref = newRef();
  const result = await command(sessionId, author, "chat:send", { text: "by HTTP" }, ref);
  expect(result.ok).toBe(true);
  expect(await socket.acked("chat:send", { sessionId, text: "by HTTP" }, ref)).toEqual(result.ack);
  await other.until("the message", ({ type }) => type === "chat:message");
  await other.acked("chat:typing", { sessionId });
  expect(other.texts()).toEqual(["by HTTP"]);
  socket.end();
  other.end();
});

// One after the other: they kill the rooms, or stand between them and the API.
test("after a kill of the rooms the totals are those of the database, also where nobody was told of them", async () => {
  const { sessionId, persons, speaker } = await scene(2);
  const [voter, other] = persons as [Person, Person];
  const poll = await makePoll(sessionId, speaker);
  const socket = await rooms.join(other, sessionId);
  const { seq } = await socket.acked("session:join", { sessionId });
  const vote = { pollId: poll.id, optionIds: [poll.options[0]!.id] };
  await command(sessionId, voter, "poll:vote", vote);
  await rooms.kill();
  await rooms.startProcess();
  const back = await rooms.join(other, sessionId, seq);
  expect(votes(await back.until("the votes", isTotal(poll.id, 1)))).toEqual([1, 0]);
  back.end();
});

test("hidden results that were counted before the rooms were killed are told whole to who may see them", async () => {
  const { sessionId, persons, speaker } = await scene(2);
  const [voter, other] = persons as [Person, Person];
  const poll = await makePoll(sessionId, speaker, { hideResults: true });
  await command(sessionId, voter, "poll:vote", { pollId: poll.id, optionIds: [poll.options[0]!.id] });
  await rooms.kill();
  await rooms.startProcess();
  const back = await Promise.all([voter, speaker, other].map((person) => rooms.join(person, sessionId)));
  const isWhole = (told: Told) => isTotal(poll.id, 1)(told) && votes(told) !== null;
  for (const socket of back.slice(0, 2)) {
    expect(votes(await socket.until("the whole votes", isWhole))).toEqual([1, 0]);
  }
  expect(back[2]!.told.some(isWhole), "who has not voted").toBe(false);
  for (const socket of back) socket.end();
});

test("a vote that was counted while its answer was lost is told to everyone, and its voter sees what was hidden", async () => {
  const { sessionId, persons, speaker } = await scene(2);
  const [voter, device] = await Promise.all([0, 0].map((index) => rooms.join(persons[index]!, sessionId)));
  const other = await rooms.join(persons[1]!, sessionId);
  const poll = await makePoll(sessionId, speaker, { hideResults: true });
  let lost = 0;
  rooms.intercept = (request) => (request.url.endsWith("/commit") && lost++ === 0 ? "act, then cut" : null);
  const vote = { sessionId, pollId: poll.id, optionIds: [poll.options[1]!.id] };
  await voter!.acked("poll:vote", vote);
  for (const socket of [voter!, device!]) {
    await socket.until("the own vote", ({ type }) => type === "poll:voted");
    await socket.until("the whole votes", (told) => isTotal(poll.id, 1)(told) && votes(told) !== null);
  }
  expect(votes(await other.until("the total", isTotal(poll.id, 1)))).toBeNull();
  expect(lost).toBe(2);
  for (const socket of [voter!, device!, other]) socket.end();
});

test("while commits cannot be made, a caller by HTTP is told 503 and may commit directly", async () => {
  const { sessionId, persons } = await scene(1);
  rooms.intercept = (request) => (request.url.endsWith("/commit") ? "cut" : null);
  const { userId } = persons[0]!;
  const body = { userId, ref: newRef(), type: "chat:send", data: { text: "later" } };
  expect((await rooms.tell(`/parties/session/${sessionId}/command`, body)).status).toBe(503);
  expect(
    (await rooms.tell(`/parties/session/${sessionId}/command`, { ...body, type: "chat:shout" })).status,
  ).toBe(422);
});
