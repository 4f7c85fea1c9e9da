import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { waitFor } from "../../testing/support/wait-for.ts";
import { signIn } from "../api/streams/test-client.ts";
import { makeUser } from "../api/streams/test-scene.ts";
import { type Person, TestRooms } from "../rooms/test-rooms.ts";
import { connectRostrum } from "./connect-rostrum.ts";
import { FollowedSession } from "./follow-session.ts";
import { plainExample } from "./plain-websocket-example.ts";
import type { ConnectionState } from "./realtime-client.ts";
import { example } from "./realtime-example.ts";
import { openFront } from "./test-front.ts";

let rooms: TestRooms;
let front: { url: string; close(): void };
const undo: (() => unknown)[] = [];
beforeAll(async () => {
  rooms = await TestRooms.start();
  front = await openFront(rooms);
});
afterEach(() => {
  for (const step of undo.splice(0)) step();
});
afterAll(async () => {
  front?.close();
  await rooms?.stop();
});

function enter(person: Person | null, sessionId: string) {
  const states: ConnectionState[] = [];
  const client = connectRostrum({
    url: front.url,
    token: person?.token,
    WebSocket,
    onConnection: (state) => states.push(state),
  });
  undo.push(() => client.close());
  const session = client.session(sessionId);
  const followed = new FollowedSession(session, () => person?.userId ?? null);
  const texts = () => followed.view.messages.map(({ text }) => text);
  return { client, session, followed, states, texts };
}

test("what one says the others hear, and who comes later reads it", async () => {
  const { sessionId, persons } = await rooms.scene(2);
  const [ada, jonas] = persons.map((person) => enter(person, sessionId));
  await jonas!.session.joined();
  const message = await ada!.session.sendChat("Good morning");
  const reply = await jonas!.session.sendChat("To you too", { replyTo: message.id });
  expect(reply.replyTo).toBe(message.id);
  const later = enter(null, sessionId);
  expect((await later.session.joined()).standing).toEqual({ staff: false, team: false, member: false });
  for (const { texts } of [ada!, jonas!, later]) {
    await waitFor("both lines", () => texts().join() === "Good morning,To you too");
  }
});

test("what was said while the rooms were dead is told once they are back, each line once", async () => {
  const { sessionId, persons } = await rooms.scene(2);
  const [ada, jonas] = persons.map((person) => enter(person, sessionId));
  await Promise.all([ada!.session.joined(), jonas!.session.joined()]);
  await ada!.session.sendChat("before");
  await rooms.kill();
  await waitFor("the loss is noticed", () => ada!.client.state.status === "reconnecting");
  const meanwhile = ada!.session.sendChat("meanwhile");
  await rooms.startProcess();
  await meanwhile;
  for (const { texts } of [ada!, jonas!]) {
    await waitFor("both lines", () => texts().join() === "before,meanwhile", { timeoutSeconds: 30 });
  }
  expect(ada!.states.map(({ status }) => status)).toContain("reconnecting");
});

test("a token that is over ends the connection, and a ticket that cannot be had now is asked for again", async () => {
  const { sessionId, persons } = await rooms.scene(1);
  const stranger = enter({ ...persons[0]!, token: "no.such.token" }, sessionId);
  await waitFor("the end", () => stranger.client.state.status === "ended");
  expect(stranger.client.state).toMatchObject({ reason: "credentials-ended" });

  const fetched = globalThis.fetch;
  let refusals = 0;
  globalThis.fetch = async (...call) =>
    ++refusals < 2 ? new Response("<h1>Bad gateway</h1>", { status: 502 }) : fetched(...call);
  undo.push(() => {
    globalThis.fetch = fetched;
  });
  await enter(persons[0]!, sessionId).session.joined();
  expect(refusals).toBe(2);
});

test("a session that is not there refuses, with the problem", async () => {
  const { persons } = await rooms.scene(1);
  const nowhere = enter(persons[0]!, "ses_absent");
  await expect(nowhere.session.joined()).rejects.toMatchObject({ problem: { status: 404 } });
});

test("the plain example of the README runs", async () => {
  const { sessionId, persons } = await rooms.scene(1);
  const lines: string[] = [];
  const plain = plainExample(front.url, persons[0]!.token, sessionId, (line) => lines.push(line));
  undo.push(() => plain.close());
  const listener = enter(null, sessionId);
  await listener.session.joined();
  await waitFor("it is in", () => lines.includes("in"));
  plain.say("Hello");
  await waitFor("the line", () => lines.some((line) => line.endsWith("says Hello")));
  await waitFor("the others hear it", () => listener.texts().join() === "Hello");
});

test("the example of the README chats, asks, reacts and votes", async () => {
  const { sessionId, persons } = await rooms.scene(2);
  const [ada, jonas] = persons;
  const heard = enter(jonas!, sessionId);
  await heard.session.joined();
  await heard.session.sendChat("Anybody here?");
  const bursts: Record<string, number>[] = [];
  heard.session.on("reaction:burst", ({ data }) => bursts.push(data.reactions));
  const lines: string[] = [];
  const client = await example(front.url, ada!.token, sessionId, (line) => lines.push(line));
  undo.push(() => client.close());
  // In the snapshot, or behind it where that is a moment old.
  await waitFor("what was said before", () => lines.some((line) => /sa(id|ys) Anybody here\?$/.test(line)));
  await waitFor("its own line", () =>
    lines.some((line) => line.endsWith("says Good morning from a program")),
  );
  await waitFor("its question", () => heard.followed.view.questions.length === 1);
  const question = heard.followed.view.questions[0]!;
  expect(question).toMatchObject({ user: null, text: "Will there be slides?" });
  await waitFor("its reaction", () => bursts.some((reactions) => reactions["👏"] === 1));
  await heard.session.upvote(question.id);
  await waitFor("the upvote is told", () => lines.includes(`${question.id} has 1 upvotes`));

  const admin = await signIn(rooms.api, await makeUser(rooms.api.deps.db, "admin"));
  const poll = { sessionId, question: "Tea?", options: ["Yes", "No"] };
  await fetch(new URL("/api/polls", front.url), {
    method: "POST",
    headers: { authorization: `Bearer ${admin.token}`, "content-type": "application/json" },
    body: JSON.stringify(poll),
  });
  await waitFor("its vote is counted", () => heard.followed.view.polls[0]?.options[0]?.votes === 1);
});

test("the README shows the examples as they are", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const shown = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
  for (const [file, mark] of [
    ["realtime-example.ts", "connectRostrum({"],
    ["plain-websocket-example.ts", "new WebSocket("],
    ["beats-example.ts", "new PlaybackBeats("],
  ] as const) {
    const source = readFileSync(new URL(file, import.meta.url), "utf8");
    const lines = source.split("\n").map((line) => line.trim());
    const blocks = shown.filter((text) => text.includes(mark));
    expect(blocks.length, `the README's ${mark}`).toBe(1);
    for (const block of blocks) {
      const missing = block
        .split("\n")
        .filter((line) => !line.startsWith("import ") && !lines.includes(line.trim()));
      expect(missing, `lines that are not in ${file}`).toEqual([]);
    }
  }
});
