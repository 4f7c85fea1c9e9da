/** Who fetches playlists and who has a socket, in the raw log of who was there. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIdentifier } from "../../protocol/identifier.ts";
import { recordActivity } from "../realtime/activity.ts";
import { makeLiveStream } from "../stream-health/test-live-stream.ts";
import { makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { takeViewers } from "./viewer-reports.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

const at = (text: string) => new Date(`2027-04-01T${text}Z`);

async function scene() {
  const { db } = api.deps;
  const live = await makeLiveStream(api);
  const [kept, deleted] = await Promise.all([makeUser(db), makeUser(db)]);
  await db.execute(sql`update users set deleted_at = now() where id = ${deleted}`);
  const presence = async () => [
    ...(await db.execute(sql`
      select viewer_id, via, stream_id, gone, to_char(minute at time zone 'UTC', 'HH24:MI') as minute,
             to_char(first_at at time zone 'UTC', 'MI:SS') as first, to_char(last_at at time zone 'UTC', 'MI:SS') as last
      from presence_minutes where session_id = ${live.sessionId} order by minute, viewer_id`)),
  ];
  const seenAt = async () =>
    (
      await db.execute<{ seen: string }>(
        sql`select to_char(seen_at at time zone 'UTC', 'HH24:MI:SS.MS') as seen from roll_up_marks
            where subject_id = ${live.sessionId}`,
      )
    )[0]?.seen;
  return { db, live, kept, deleted, presence, seenAt };
}

test("who fetches playlists of a session's stream is logged by the minute, and who has no account any more is not", async () => {
  const { db, live, kept, deleted, presence, seenAt } = await scene();
  const address = `adr_${"a".repeat(22)}`;
  const fetched = (viewerIds: string[], nodeId = live.nodeId) => ({
    nodeId,
    streams: [{ streamId: live.id, viewerIds }],
  });
  await takeViewers(db, fetched([kept, deleted, address, address]), at("10:00:05"));
  await takeViewers(db, fetched([kept]), at("10:00:20"));
  await takeViewers(db, fetched([kept]), at("10:01:05"));
  await takeViewers(db, fetched([newIdentifier("viewer")], newIdentifier("mediaNode")), at("10:02:00"));
  const playlist = { via: "playlist", stream_id: live.id, gone: false };
  expect(await presence()).toEqual([
    { viewer_id: address, ...playlist, minute: "10:00", first: "00:05", last: "00:05" },
    { viewer_id: kept, ...playlist, minute: "10:00", first: "00:05", last: "00:20" },
    { viewer_id: kept, ...playlist, minute: "10:01", first: "01:05", last: "01:05" },
  ]);
  expect(await seenAt()).toBe("10:01:05.000");
});

test("whose player tells by beats is logged by them alone, until it has been silent for a while", async () => {
  const { db, live, kept, presence } = await scene();
  const beating = newIdentifier("viewer");
  await db.execute(sql`
    insert into play_minutes (stream_id, session_id, viewer_id, play_id, minute, first_at, last_at, beat, playing, played_seconds)
    values (${live.id}, ${live.sessionId}, ${beating}, 'a play of it', ${at("10:00:00").toISOString()},
      ${at("10:00:05").toISOString()}, ${at("10:00:10").toISOString()}, 2, false, 5)`);
  const report = { nodeId: live.nodeId, streams: [{ streamId: live.id, viewerIds: [beating, kept] }] };
  await takeViewers(db, report, at("10:00:20"));
  await takeViewers(db, report, at("10:01:25"));
  expect(await presence()).toMatchObject([{ viewer_id: kept }, { viewer_id: kept }]);
  await takeViewers(db, report, at("10:01:26"));
  const who = (await presence()).map(({ viewer_id, last }) => [viewer_id, last]);
  expect(who).toContainEqual([beating, "01:26"]);
  const watching = await db.execute(
    sql`select from stream_viewers where stream_id = ${live.id} and viewer_id = ${beating}`,
  );
  expect(watching.length).toBe(1);
});

test("a socket is logged by the minute with what it said last, and every report moves the mark", async () => {
  const { db, live, kept, deleted, presence, seenAt } = await scene();
  const told = (here: boolean, ...viewerIds: string[]) => ({
    id: newIdentifier("request"),
    reactions: [],
    watching: viewerIds.map((viewerId) => ({ viewerId, userId: null, here, playedSeconds: 0, stalls: 0 })),
  });
  await recordActivity(db, live.sessionId, told(true, kept, deleted), at("10:00:05"));
  await recordActivity(db, live.sessionId, told(false, kept), at("10:00:30"));
  const socket = { viewer_id: kept, via: "socket", stream_id: null, minute: "10:00", first: "00:05" };
  expect(await presence()).toEqual([{ ...socket, gone: true, last: "00:30" }]);
  await recordActivity(db, live.sessionId, told(true, kept), at("10:00:30"));
  expect(await presence()).toEqual([{ ...socket, gone: false, last: "00:30" }]);
  expect(await seenAt()).toBe("10:00:30.001");
});
