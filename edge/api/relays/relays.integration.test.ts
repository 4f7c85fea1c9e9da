import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { relays } from "../../db/schema/aftermath-tables.ts";
import { auditLog } from "../../db/schema/operations-tables.ts";
import { mediaCommands, mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, callInternal, newToken, signIn } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeSession, makeStream, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

const key = "live_8371-very-secret";
const wanted = { name: "Our channel", url: "rtmp://relay.test/live", key };

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await createTestApi();
  token = await newToken(api, "admin");
});
afterAll(() => api.drop());

async function liveStream() {
  const nodeId = newIdentifier("mediaNode");
  await api.deps.db.insert(mediaNodes).values({ id: nodeId, hlsHost: "", rtmpHost: "" });
  const stream = await makeStream(api.deps.db, { status: "live", mediaNodeId: nodeId });
  const path = `/api/streams/${stream.id}/relays`;
  const create = async (more: object = {}) =>
    (await call(api, "POST", path, 201, { token, body: { ...wanted, ...more } })).body;
  const ofNode = async () =>
    (await callInternal(api, "GET", `/internal/media/relays?nodeId=${nodeId}`, 200)).body.relays;
  const report = (relayId: string, revision: number, more: object) =>
    callInternal(api, "POST", "/internal/media/relays/status", 204, {
      nodeId,
      reports: [
        {
          relayId,
          revision,
          status: "live",
          error: null,
          bitrateKbps: null,
          attempts: 0,
          liveSince: null,
          ...more,
        },
      ],
    });
  const list = async () => (await call(api, "GET", path, 200, { token })).body.items;
  return { stream, nodeId, path, create, ofNode, report, list };
}

test("a relay is shown without its key, which only the stream's node reads, and the table holds sealed", async () => {
  const { path, stream, create, ofNode } = await liveStream();
  const relay = await create();
  expect(relay).toEqual({
    id: relay.id,
    streamId: stream.id,
    name: wanted.name,
    url: wanted.url,
    enabled: true,
    status: "idle",
    error: null,
    bitrate: null,
    attempts: 0,
    liveSince: null,
  });
  expect(await ofNode()).toEqual([
    { relayId: relay.id, streamId: stream.id, url: wanted.url, key, enabled: true, version: 1 },
  ]);
  const said = [
    await call(api, "GET", path, 200, { token }),
    await call(api, "PATCH", `${path}/${relay.id}`, 200, { token, body: { key: `${key}2` } }),
    await call(api, "GET", "/api/audit?limit=200", 200, { token }),
  ];
  for (const { text } of said) expect(text).not.toContain("very-secret");
  expect(api.logLines.join("\n")).not.toContain("very-secret");
  const rows = await api.deps.db.select().from(relays).where(eq(relays.id, relay.id));
  expect(JSON.stringify(rows)).not.toContain("very-secret");
  const acts = await api.deps.db.select().from(auditLog).where(eq(auditLog.subjectId, relay.id));
  expect(acts.map(({ action }) => action).sort()).toEqual(["relay.created", "relay.updated"]);
  expect(JSON.stringify(acts)).not.toContain("very-secret");
});

test("a key that was moved to another row, or sealed under another secret, is not sent anywhere", async () => {
  const { create, ofNode } = await liveStream();
  const [first, second] = [await create(), await create({ key: "another" })];
  const [row] = await api.deps.db.select().from(relays).where(eq(relays.id, first.id));
  await api.deps.db.update(relays).set({ sealedKey: row!.sealedKey }).where(eq(relays.id, second.id));
  expect((await ofNode()).map((each: { key: string }) => each.key)).toEqual([key, null]);
});

test("every change while the stream runs is an order to its node, and one that says nothing new is none of the version", async () => {
  const { path, stream, nodeId, create, ofNode } = await liveStream();
  const { id } = await create();
  const patch = (body: object) => call(api, "PATCH", `${path}/${id}`, 200, { token, body });
  await patch({ name: "Another name" });
  expect((await ofNode())[0]).toMatchObject({ version: 1 });
  await patch({ enabled: false });
  expect((await ofNode())[0]).toMatchObject({ version: 2, enabled: false });
  await patch({ url: "rtmp://relay.test/other", enabled: true });
  expect((await ofNode())[0]).toMatchObject({ version: 3, enabled: true, url: "rtmp://relay.test/other" });
  await call(api, "DELETE", `${path}/${id}`, 204, { token });
  expect(await ofNode()).toEqual([]);
  const orders = await api.deps.db.select().from(mediaCommands).where(eq(mediaCommands.nodeId, nodeId));
  expect(orders.map(({ kind, streamId }) => `${kind} ${streamId}`)).toEqual(
    Array.from({ length: 5 }, () => `relays ${stream.id}`),
  );
});

test("a stream that does not run gives no orders, and no node its relays", async () => {
  const { stream, nodeId, create, ofNode } = await liveStream();
  await api.deps.db.update(streams).set({ status: "ended" }).where(eq(streams.id, stream.id));
  await create();
  expect(await ofNode()).toEqual([]);
  const orders = await api.deps.db.select().from(mediaCommands).where(eq(mediaCommands.nodeId, nodeId));
  expect(orders).toEqual([]);
});

test("a new address on another host, or without TLS where there was TLS, needs the key again", async () => {
  const { path, create } = await liveStream();
  const { id } = await create({ url: "rtmps://relay.test/live" });
  for (const url of ["rtmps://thief.test/live", "rtmp://relay.test/live"]) {
    const refused = await call(api, "PATCH", `${path}/${id}`, 422, { token, body: { url } });
    expect(refused.body.errors).toEqual([
      { pointer: "/key", detail: "must be given again with an address on another host" },
    ]);
    await call(api, "PATCH", `${path}/${id}`, 200, { token, body: { url: "rtmps://relay.test:444/b" } });
  }
  const moved = await call(api, "PATCH", `${path}/${id}`, 200, {
    token,
    body: { url: "rtmp://elsewhere.test/live", key: "new" },
  });
  expect(moved.body.url).toBe("rtmp://elsewhere.test/live");
});

test("an address that is none is refused with the field named", async () => {
  const { path } = await liveStream();
  for (const url of [
    "http://relay.test/live",
    "file:///etc/passwd",
    "rtmp://relay.test",
    "rtmp:///live",
    "rtmp://user:word@relay.test/live",
    "rtmp://user@relay.test/live",
    "rtmp://relay.test/live?key=1",
    "rtmp://relay.test/live#part",
    "rtmp://relay.test:0/live",
    "rtmp://relay.test:99999/live",
    "rtmp://relay test/live",
    "rtmp://relay.test\\@other.test/live",
    `rtmp://relay.test/${"a".repeat(4096)}`,
    "",
  ]) {
    const { body } = await call(api, "POST", path, 422, { token, body: { ...wanted, url } });
    expect(body.errors[0].pointer, url).toBe("/url");
  }
  for (const bad of ["", "with space", "line\nbreak", "k".repeat(1025)]) {
    const { body, text } = await call(api, "POST", path, 422, { token, body: { ...wanted, key: bad } });
    expect(body.errors[0].pointer, text).toBe("/key");
    if (bad.length > 10) expect(text).not.toContain(bad);
  }
});

test("what the node says is shown while it is fresh, in its order, and of the node that holds the stream", async () => {
  const { create, report, list, stream } = await liveStream();
  const { id } = await create();
  await report(id, 20, { status: "retrying", error: "nothing listens there", attempts: 3 });
  await report(id, 10, { status: "live", bitrateKbps: 900 });
  expect((await list())[0]).toMatchObject({
    status: "retrying",
    error: "nothing listens there",
    attempts: 3,
  });
  const liveSince = "2026-05-01T12:00:00.000Z";
  await report(id, 30, { bitrateKbps: 912.4, liveSince });
  expect((await list())[0]).toMatchObject({ status: "live", error: null, bitrate: 912, liveSince });

  const other = await liveStream();
  await other.report(id, 99, { status: "failed", error: "not mine" });
  expect((await list())[0]).toMatchObject({ status: "live" });

  await api.deps.db
    .update(relays)
    .set({ reportedAt: new Date(Date.now() - 60_000) })
    .where(eq(relays.id, id));
  expect((await list())[0]).toMatchObject({ status: "idle", bitrate: null, liveSince: null });
  await report(id, 40, {});
  expect((await list())[0]).toMatchObject({ status: "live" });
  await api.deps.db.update(streams).set({ status: "ended" }).where(eq(streams.id, stream.id));
  expect((await list())[0]).toMatchObject({ status: "idle" });
});

test("a relay is found through its own stream only, and pages go on where they ended", async () => {
  const { path, create } = await liveStream();
  const made = [await create(), await create(), await create()];
  const other = await liveStream();
  await call(api, "PATCH", `${other.path}/${made[0].id}`, 404, { token, body: { enabled: false } });
  await call(api, "DELETE", `${other.path}/${made[0].id}`, 404, { token });
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { body } = await call(api, "GET", `${path}?limit=2${query}`, 200, { token });
    seen.push(...body.items.map((each: { id: string }) => each.id));
    cursor = body.nextCursor;
  }
  expect(seen.toSorted()).toEqual(made.map((each) => each.id).toSorted());
  expect(new Set(seen).size).toBe(3);
});

test("a moderator of the event relays its stream, a speaker does not, and both find the destinations", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const stream = await makeStream(db, { sessionId: await makeSession(db, eventId) });
  const [moderator, speaker] = [await makeUser(db), await makeUser(db)];
  await giveRole(db, eventId, moderator, "moderator");
  await giveRole(db, eventId, speaker, "speaker");
  const path = `/api/streams/${stream.id}/relays`;
  for (const [userId, status] of [
    [moderator, 201],
    [speaker, 403],
  ] as const) {
    const { token: theirs } = await signIn(api, userId);
    await call(api, "POST", path, status, { token: theirs, body: wanted });
    const { body } = await call(api, "GET", "/api/relay-destinations", 200, { token: theirs });
    expect(body.items.map((each: { id: string }) => each.id)).toEqual(["youtube", "twitch"]);
  }
});
