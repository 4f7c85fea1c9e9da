/** What is said in a session: in order, once, to those it is for, and never lost. */
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { waitFor } from "../../../testing/support/wait-for.ts";
import { giveRole } from "../../api/streams/test-scene.ts";
import { sessionEvents } from "../../db/schema/session-log-tables.ts";
import { gatewayFor } from "../../protocol/realtime.ts";
import { forAll, forStaff, writeLog } from "../test-log.ts";
import { type Person, TestRooms } from "../test-rooms.ts";
import { newRef, type TestSocket } from "../test-socket.ts";

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start();
});
afterEach(() => {
  rooms.intercept = () => null;
});
afterAll(() => rooms.stop());

/** Two people whose sockets are held by different gateways. */
async function pair() {
  const scene = await rooms.scene(12);
  const [first] = scene.persons;
  const gateway = ({ userId }: Person) => gatewayFor(userId, 2);
  const second = scene.persons.find((person) => gateway(person) !== gateway(first!));
  if (!second) throw new Error("twelve people are all in one gateway");
  return { ...scene, first: first!, second };
}

async function join(person: Person, sessionId: string, after?: number): Promise<TestSocket> {
  const socket = await rooms.connect(person);
  await socket.acked("session:join", { sessionId, ...(after === undefined ? {} : { after }) });
  return socket;
}

const say = (socket: TestSocket, sessionId: string, text: string, ref = newRef()) =>
  socket.acked("chat:send", { sessionId, text }, ref);
const heard = (socket: TestSocket, text: string) =>
  socket.until(`to hear ${text}`, ({ type, data }) => type === "chat:message" && data.text === text);
const storedEvents = (sessionId: string) =>
  rooms.api.deps.db.select().from(sessionEvents).where(eq(sessionEvents.sessionId, sessionId));
const seqs = (socket: TestSocket) => socket.told.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));

test("a message is acked to its sender and heard by those of another gateway", async () => {
  const { sessionId, first, second } = await pair();
  const [speaker, listener] = [await join(first, sessionId), await join(second, sessionId)];
  const message = await say(speaker, sessionId, "hello");
  expect(message).toMatchObject({ seq: 1, sessionId, text: "hello", user: { id: first.userId } });
  expect(await heard(listener, "hello")).toMatchObject({
    type: "chat:message",
    sessionId,
    seq: 1,
    data: message,
  });
  await heard(speaker, "hello");
  speaker.end();
  listener.end();
});

test("a message may follow its join without waiting", async () => {
  const { sessionId, first } = await pair();
  const socket = await rooms.connect(first);
  socket.send("session:join", { sessionId });
  expect(await say(socket, sessionId, "quick")).toMatchObject({ text: "quick" });
  socket.end();
});

test("without a join nothing is said, and after a leave nothing is heard", async () => {
  const { sessionId, first, second } = await pair();
  const [speaker, listener] = [await rooms.connect(first), await join(second, sessionId)];
  expect((await speaker.ask("chat:send", { sessionId, text: "x" })).problem?.type).toBe(
    "/problems/forbidden",
  );
  await speaker.acked("session:join", { sessionId });
  await listener.acked("session:leave", { sessionId });
  await say(speaker, sessionId, "to nobody");
  await heard(speaker, "to nobody");
  listener.sendRaw('{"type":"ping"}');
  await listener.until("the pong", ({ type }) => type === "pong");
  expect(listener.texts()).toEqual([]);
  speaker.end();
  listener.end();
});

test("the same ref is carried out once, at once, later, and from another socket", async () => {
  const { sessionId, first } = await pair();
  const [socket, other] = [await join(first, sessionId), await join(first, sessionId)];
  const ref = newRef();
  socket.send("chat:send", { sessionId, text: "once" }, ref);
  socket.send("chat:send", { sessionId, text: "once" }, ref);
  const both = await waitFor("two answers", () => {
    const answers = socket.told.filter((told) => told.ref === ref);
    return answers.length === 2 && answers;
  });
  expect(both[0]).toEqual(both[1]);
  expect(await say(other, sessionId, "once", ref)).toEqual(both[0]!.data);
  expect((await storedEvents(sessionId)).length).toBe(1);
  socket.end();
  other.end();
});

test("who may not see a session is told so, and no room is made for an id that someone made up", async () => {
  const { sessionId, first } = await pair();
  const socket = await rooms.connect(first);
  expect((await socket.ask("session:join", { sessionId: "ses_made_up" })).problem?.type).toBe(
    "/problems/not-found",
  );
  expect((await socket.ask("event:join", { eventId: "evt_made_up" })).problem?.type).toBe(
    "/problems/not-found",
  );
  expect(rooms.apiCalls.filter((call) => /made_up\/(log|state)/.test(call))).toEqual([]);
  await socket.acked("session:join", { sessionId });
  socket.end();
});

test("someone who comes back hears exactly what was missed, in order", async () => {
  const { sessionId, first, second } = await pair();
  const [speaker, listener] = [await join(first, sessionId), await join(second, sessionId)];
  await say(speaker, sessionId, "one");
  await heard(listener, "one");
  listener.vanish();
  for (const text of ["two", "three", "four"]) await say(speaker, sessionId, text);
  const back = await rooms.connect(second);
  const joined = await back.acked("session:join", { sessionId, after: 1 });
  expect(joined.snapshot).toBeUndefined();
  expect(joined.seq).toBe(1);
  await heard(back, "four");
  expect(back.texts()).toEqual(["two", "three", "four"]);
  await say(speaker, sessionId, "five");
  await heard(back, "five");
  expect(back.texts()).toEqual(["two", "three", "four", "five"]);
  speaker.end();
  back.end();
});

test("a join without a point brings a snapshot, and then only what is newer", async () => {
  const { sessionId, first, second } = await pair();
  const speaker = await join(first, sessionId);
  for (const text of ["one", "two"]) await say(speaker, sessionId, text);
  const listener = await rooms.connect(second);
  const joined = await listener.acked("session:join", { sessionId });
  expect(joined.seq).toBe(2);
  expect(joined.snapshot.messages.map(({ text }: { text: string }) => text)).toEqual(["one", "two"]);
  await say(speaker, sessionId, "three");
  await heard(listener, "three");
  expect(listener.texts()).toEqual(["three"]);
  speaker.end();
  listener.end();
});

test("a thousand missed events are told, one more is a snapshot", async () => {
  const { sessionId, first } = await pair();
  await writeLog(
    rooms.api.deps.db,
    sessionId,
    Array.from({ length: 1201 }, () => forAll),
  );
  const socket = await rooms.connect(first);
  const far = await socket.acked("session:join", { sessionId, after: 200 });
  expect(far).toMatchObject({ seq: 1201, snapshot: { messages: [] } });
  expect(await socket.acked("session:join", { sessionId, after: 201 })).not.toHaveProperty("snapshot");
  await socket.until("the last event", ({ seq }) => seq === 1201);
  expect(seqs(socket)).toEqual(Array.from({ length: 1000 }, (_, index) => 202 + index));
  socket.end();
});

test("two megabytes that were missed are told, and two more that come at once", async () => {
  const { sessionId, first } = await pair();
  const { db } = rooms.api.deps;
  const many = Array.from({ length: 700 }, () => forAll);
  await writeLog(db, sessionId, many, "€".repeat(1000));
  const socket = await join(first, sessionId, 0);
  await socket.until("what was missed", ({ seq }) => seq === 700);
  const head = await writeLog(db, sessionId, many, "€".repeat(1000));
  await rooms.tell(`/parties/session/${sessionId}/poke`, { head });
  await socket.until("what came", ({ seq }) => seq === 1400);
  expect(seqs(socket)).toEqual(Array.from({ length: 1400 }, (_, index) => index + 1));
  socket.end();
});

test("a point that the log has not reached brings a snapshot", async () => {
  const { sessionId, first } = await pair();
  const socket = await rooms.connect(first);
  expect(await socket.acked("session:join", { sessionId, after: 77 })).toMatchObject({
    seq: 0,
    snapshot: {},
  });
  socket.end();
});

test("events reach those they are for, and the others' resume point moves on", async () => {
  const { eventId, sessionId, first, second } = await pair();
  const { db } = rooms.api.deps;
  await giveRole(db, eventId, second.userId, "moderator");
  const [viewer, moderator] = [await join(first, sessionId), await join(second, sessionId)];
  const onlyFirst = { kind: "user", userId: first.userId } as const;
  const head = await writeLog(db, sessionId, [forAll, forStaff, onlyFirst, forStaff, forStaff]);
  expect((await rooms.tell(`/parties/session/${sessionId}/poke`, { head })).status).toBe(204);
  const end = (socket: TestSocket) => socket.until("the end", ({ seq }) => seq === head);
  await Promise.all([end(viewer), end(moderator)]);
  const told = (socket: TestSocket) =>
    socket.told.flatMap(({ type, seq }) => (seq ? [`${type} ${seq}`] : []));
  expect(told(viewer)).toEqual(["test:written 1", "test:written 3", "session:seq 5"]);
  expect(told(moderator)).toEqual([1, 2, 4, 5].map((seq) => `test:written ${seq}`));
  viewer.end();
  moderator.end();
});

test("what was written behind the room's back is found without a poke", async () => {
  const { sessionId, first } = await pair();
  const socket = await join(first, sessionId);
  await writeLog(rooms.api.deps.db, sessionId, [forAll, forAll]);
  await socket.until("both events", ({ seq }) => seq === 2);
  expect(seqs(socket)).toEqual([1, 2]);
  socket.end();
});

test("a commit behind a gap tells what others wrote first", async () => {
  const { sessionId, first } = await pair();
  const socket = await join(first, sessionId);
  await writeLog(rooms.api.deps.db, sessionId, [forAll, forAll]);
  expect((await say(socket, sessionId, "third")).seq).toBe(3);
  await heard(socket, "third");
  expect(seqs(socket)).toEqual([1, 2, 3]);
  socket.end();
});

test("a commit that fails is tried again, and one whose answer is lost happens once", async () => {
  const { sessionId, first } = await pair();
  const socket = await join(first, sessionId);
  const failures = [new Response(null, { status: 503 }), "cut", "act, then cut"] as const;
  let commits = 0;
  rooms.intercept = (request) => (request.url.endsWith("/commit") ? (failures[commits++] ?? null) : null);
  expect(await say(socket, sessionId, "through")).toMatchObject({ text: "through", seq: 1 });
  await heard(socket, "through");
  expect(commits).toBe(4);
  expect((await storedEvents(sessionId)).length).toBe(1);
  expect(socket.texts()).toEqual(["through"]);
  socket.end();
});

test("one bad command is its own problem and not its batch's", async () => {
  const { sessionId, first, second } = await pair();
  const [good, bad] = [await join(first, sessionId), await join(second, sessionId)];
  const [fine, refused] = await Promise.all([
    good.ask("chat:send", { sessionId, text: "fine" }),
    bad.ask("chat:send", { sessionId, text: "reply", replyTo: "msg_unknown" }),
  ]);
  expect(fine.type).toBe("ack");
  expect(refused.problem?.status).toBe(422);
  good.end();
  bad.end();
});

test("while commits cannot be made, the sender is told 503, and the same ref later is carried out once", async () => {
  const { sessionId, first } = await pair();
  const socket = await join(first, sessionId);
  rooms.intercept = (request) => (request.url.endsWith("/commit") ? "cut" : null);
  const ref = newRef();
  const refused = await socket.ask("chat:send", { sessionId, text: "patient" }, ref);
  expect(refused.problem).toMatchObject({ type: "/problems/unavailable", status: 503 });
  expect(refused.problem?.retryAfterSeconds).toBeGreaterThan(0);
  rooms.intercept = () => null;
  const before = socket.told.length;
  socket.send("chat:send", { sessionId, text: "patient" }, ref);
  expect((await socket.until("the ack", (told) => told.ref === ref, before)).type).toBe("ack");
  expect((await storedEvents(sessionId)).length).toBe(1);
  socket.end();
});

test("while the API is away, those who are in go on hearing nothing worse than silence, and joins are told 503", async () => {
  const { sessionId, first, second } = await pair();
  const [inside, late] = [await join(first, sessionId), await rooms.connect(second)];
  rooms.intercept = () => "cut";
  expect((await late.ask("session:join", { sessionId })).problem?.status).toBe(503);
  expect(inside.isOpen).toBe(true);
  rooms.intercept = () => null;
  await late.acked("session:join", { sessionId });
  await say(inside, sessionId, "still here");
  await heard(late, "still here");
  inside.end();
  late.end();
});

test("a log that was restored to an earlier state brings everyone back with a snapshot", async () => {
  const { sessionId, first } = await pair();
  const { db } = rooms.api.deps;
  await writeLog(db, sessionId, [forAll, forAll, forAll]);
  const socket = await join(first, sessionId);
  await db.delete(sessionEvents).where(eq(sessionEvents.sessionId, sessionId));
  await db.execute(`update session_logs set head = 0 where session_id = '${sessionId}'`);
  expect((await socket.untilClosed()).code).toBe(1012);
  const back = await rooms.connect(first);
  expect(await back.acked("session:join", { sessionId, after: 3 })).toMatchObject({ seq: 0, snapshot: {} });
  expect((await say(back, sessionId, "anew")).seq).toBe(1);
  await heard(back, "anew");
  back.end();
});

test("a kill of the rooms loses nothing: clients come back where they were", async () => {
  const { sessionId, first, second } = await pair();
  const [speaker, listener] = [await join(first, sessionId), await join(second, sessionId)];
  await say(speaker, sessionId, "before");
  await heard(listener, "before");
  const ref = newRef();
  // Whether this one is committed before the kill is anyone's guess; repeated under its ref it is there once.
  speaker.send("chat:send", { sessionId, text: "in between" }, ref);
  await rooms.kill();
  await Promise.all([speaker.untilClosed(), listener.untilClosed()]);
  await writeLog(rooms.api.deps.db, sessionId, [forAll]);
  await rooms.startProcess();
  const [again, back] = await Promise.all([join(first, sessionId, 1), join(second, sessionId, 1)]);
  await say(again, sessionId, "in between", ref);
  await say(again, sessionId, "after");
  await heard(back, "after");
  expect(back.texts()).toEqual(["in between", "after"]);
  expect(seqs(back)).toEqual([2, 3, 4]);
  again.end();
  back.end();
});

/** What an honest client does: comes back with the highest seq it was told, repeats what was not acked by its ref. */
class PersistentClient {
  readonly heard = new Map<number, string>();
  #highest: number | undefined;
  #socket: TestSocket | null = null;
  #read = 0;

  constructor(
    readonly person: Person,
    readonly sessionId: string,
  ) {}

  async #joined(): Promise<TestSocket> {
    if (this.#socket?.isOpen) return this.#socket;
    const after = this.#highest === undefined ? {} : { after: this.#highest };
    const socket = await rooms.connect(this.person);
    const answer = await socket.acked("session:join", { sessionId: this.sessionId, ...after });
    this.#highest ??= answer.seq;
    this.#read = 0;
    this.#socket = socket;
    return socket;
  }

  /** Takes in what has come so far, also from a socket that is dead by now. */
  listen(): void {
    const told = this.#socket?.told ?? [];
    for (; this.#read < told.length; this.#read++) {
      const { seq, data } = told[this.#read]!;
      if (seq === undefined) continue;
      if (data !== undefined) this.heard.set(seq, data.text);
      this.#highest = Math.max(this.#highest ?? 0, seq);
    }
  }

  async keepUp(): Promise<void> {
    this.listen();
    await this.#joined();
    this.listen();
  }

  async say(text: string): Promise<void> {
    const ref = newRef();
    await waitFor(
      `${text} to be acked`,
      async () => {
        const socket = await this.#joined();
        const from = socket.told.length;
        socket.send("chat:send", { sessionId: this.sessionId, text }, ref);
        const answer = await waitFor(
          "an answer or the end",
          () => (socket.isOpen ? socket.told.slice(from).find((told) => told.ref === ref) : { type: "gone" }),
          { everyMilliseconds: 5 },
        );
        this.listen();
        return answer.type === "ack";
      },
      { everyMilliseconds: 50 },
    );
  }

  end(): void {
    this.#socket?.end();
  }
}

test("while people talk and the rooms are killed again and again, everyone hears everything once", async () => {
  const { sessionId, persons } = await rooms.scene(12);
  const clients = persons.map((person) => new PersistentClient(person, sessionId));
  await Promise.all(clients.map((client) => client.keepUp()));
  const turns = [1, 2, 3, 4];
  const texts = clients.flatMap((_, index) => turns.map((turn) => `${index} says ${turn}`));
  const said = async () => (await storedEvents(sessionId)).length;
  const kills = (async () => {
    for (let before = 0; before < texts.length; before = await said()) {
      await waitFor("more to be said", async () => (await said()) > before, { everyMilliseconds: 5 });
      await rooms.kill();
      await rooms.startProcess();
    }
  })();
  await Promise.all(
    clients.map(async (client, index) => {
      for (const turn of turns) await client.say(`${index} says ${turn}`);
    }),
  );
  await kills;
  const written = await storedEvents(sessionId);
  expect(written.length).toBe(texts.length);
  for (const client of clients) {
    await waitFor("everything", async () => {
      await client.keepUp();
      return client.heard.size === texts.length;
    });
    expect([...client.heard.values()].sort()).toEqual([...texts].sort());
    client.end();
  }
});
