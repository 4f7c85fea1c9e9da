/** Acts that order several media nodes, at once: whoever waits, waits in one direction. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordings } from "../../db/schema/aftermath-tables.ts";
import { mediaCommands, mediaNodes } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { newToken } from "./test-client.ts";
import { makeEvent, makeSession, makeStream, makeUser } from "./test-scene.ts";

let api: TestApi;
let admin: string;
const nodeIds = [1, 2, 3, 4].map(() => newIdentifier("mediaNode"));
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
  await api.deps.db.insert(mediaNodes).values(nodeIds.map((id) => ({ id, hlsHost: "", rtmpHost: "" })));
});
afterAll(() => api.drop());

/** An event whose streams are on one node each, with a recording on the node that comes before it in `order`. */
async function eventOn(order: readonly string[]) {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { visibility: "private" });
  const streamIds: string[] = [];
  for (const [index, mediaNodeId] of order.entries()) {
    const sessionId = await makeSession(db, eventId);
    const { id: streamId } = await makeStream(db, { sessionId, status: "live", mediaNodeId });
    streamIds.push(streamId);
    await db.insert(recordings).values({
      id: newIdentifier("recording"),
      broadcastId: newIdentifier("broadcast"),
      playbackId: newIdentifier("playback"),
      mediaNodeId: order.at(index - 1)!,
      ...{ streamId, title: "Main", status: "ready", revision: 1, startedAt: new Date() },
    });
  }
  return { eventId, streamIds };
}

async function act(method: string, path: string, body?: object): Promise<string> {
  const response = await api.publicApp.request(path, {
    method,
    headers: { authorization: `Bearer ${admin}`, ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return response.ok ? "done" : `${method} ${path}: ${await response.text()}`;
}

test("bans, endings and deletions of many events and streams that share their nodes hold up nobody for good", async () => {
  const { db } = api.deps;
  for (let round = 0; round < 4; round++) {
    const orders = [nodeIds, nodeIds.toReversed(), [nodeIds[2]!, nodeIds[0]!], [nodeIds[1]!, nodeIds[3]!]];
    const [banned, other, ended, deleted] = await Promise.all(orders.map(eventOn));
    const [one, two] = [await makeUser(db), await makeUser(db)];
    const answers = await Promise.all([
      act("POST", `/api/events/${banned!.eventId}/bans/${one}`),
      act("POST", `/api/events/${other!.eventId}/bans/${two}`),
      act("PUT", `/api/events/${ended!.eventId}`, { status: "ended" }),
      ...deleted!.streamIds.map((id) => act("DELETE", `/api/streams/${id}`)),
      ...other!.streamIds.map((id) => act("POST", `/api/streams/${id}/revoke-playback`)),
    ]);
    expect(new Set(answers)).toEqual(new Set(["done"]));
    const [first] = banned!.streamIds;
    const told = await db.select().from(mediaCommands).where(eq(mediaCommands.streamId, first!));
    expect(told.map(({ nodeId }) => nodeId).sort()).toEqual([nodeIds[0], nodeIds.at(-1)].sort());
  }
});
