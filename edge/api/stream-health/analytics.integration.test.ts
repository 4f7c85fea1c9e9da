import { asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { streamSamples } from "../../db/schema/aftermath-tables.ts";
import type { StreamSample } from "../../protocol/stream-health.ts";
import { recordPresence } from "../realtime/presence.ts";
import { call, callInternal, newToken } from "../streams/test-client.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { foldOldSamples } from "./sample-upkeep.ts";
import { makeLiveStream, sampleAt } from "./test-live-stream.ts";

let api: TestApi;
let admin: string;
/** Midnight of a day that ends with the present hour, so that what is signed by the present clock is good in it. */
const midnight = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 12 * 3_600_000;
/** The API's clock stands where a test puts it. */
let now: Date;
beforeAll(async () => {
  api = await createTestApi({}, () => now);
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

const at = (hour: number, minute = 0, second = 0) =>
  new Date(midnight + ((hour * 60 + minute) * 60 + second) * 1000);
const analyticsOf = async (id: string, query = "") =>
  (await call(api, "GET", `/api/streams/${id}/analytics${query}`, 200, { token: admin })).body as {
    broadcasts: Record<string, unknown>[];
    samples: StreamSample[];
  };
const span = (from: Date, to = now) => `?from=${from.toISOString()}&to=${to.toISOString()}`;
/** One every ten seconds from `from` on. */
const every10Seconds = (
  from: Date,
  count: number,
  more: (index: number) => Partial<StreamSample> = () => ({}),
) =>
  Array.from({ length: count }, (_, index) =>
    sampleAt(new Date(from.getTime() + index * 10_000), more(index)),
  );

test("without a time it is the newest broadcast, each sample as it was", async () => {
  const live = await makeLiveStream(api);
  now = at(9);
  await live.report({ status: "live", startedAt: at(8, 50).toISOString() });
  await live.samples(every10Seconds(at(8, 50), 30, (index) => ({ bitrateKbps: 2000 + index })));
  const { samples, broadcasts } = await analyticsOf(live.id);
  expect(samples).toHaveLength(30);
  expect(samples[0]).toEqual(sampleAt(at(8, 50), { bitrateKbps: 2000 }));
  expect(samples[29]).toMatchObject({ at: at(8, 54, 50).toISOString(), bitrateKbps: 2029 });
  expect(broadcasts).toEqual([
    {
      startedAt: at(8, 50).toISOString(),
      endedAt: null,
      reconnects: 0,
      peakViewers: 0,
      averageBitrateKbps: 2014.5,
    },
  ]);
});

test("a long time is cut into slices that keep the trouble and its sum", async () => {
  const live = await makeLiveStream(api);
  now = at(12);
  await live.report({ status: "live", startedAt: at(8).toISOString() });
  // Four hours: a slice of forty seconds has four of these.
  for (let hour = 8; hour < 12; hour++)
    await live.samples(
      every10Seconds(at(hour), 360, (index) =>
        index % 4 === 1
          ? {
              bitrateKbps: 1000,
              droppedFrames: 5,
              encodingSpeed: 0.5,
              audioDriftMs: -90,
              renditions: 1,
              viewers: 7,
            }
          : { bitrateKbps: 3000, droppedFrames: 1, backlogSeconds: 2, audioDriftMs: 30 },
      ),
    );
  const { samples } = await analyticsOf(live.id, span(at(8), at(12)));
  expect(samples).toHaveLength(360);
  expect(samples[0]).toEqual({
    ...sampleAt(at(8), { bitrateKbps: 2500, droppedFrames: 8, encodingSpeed: 0.5 }),
    ...{ audioDriftMs: -90, renditions: 1, viewers: 7, backlogSeconds: 2 },
  });
  expect(samples.map((each) => each.at)).toEqual([...samples.map((each) => each.at)].sort());
});

test("what has no figure in any sample has none in their summary", async () => {
  const live = await makeLiveStream(api);
  now = at(9);
  const silent = { audioDriftMs: null, encodingSpeed: null, keyframeIntervalSeconds: null };
  await live.samples(every10Seconds(at(8), 20, () => silent));
  const { samples } = await analyticsOf(live.id, span(at(-200)));
  expect(samples).toMatchObject([{ ...silent, bitrateKbps: 3000 }]);
});

test("a broadcast has its reconnects, its peak and its end, and another one is another", async () => {
  const live = await makeLiveStream(api);
  now = at(8);
  const startedAt = now.toISOString();
  await live.report({ status: "starting", startedAt: null });
  expect((await analyticsOf(live.id)).broadcasts).toEqual([]);
  await live.report({ status: "live", startedAt });
  await live.report({ status: "live", startedAt, lastError: "A word." });
  for (let time = 0; time < 2; time++) {
    await live.report({ status: "reconnecting", startedAt });
    await live.report({ status: "live", startedAt });
  }
  await recordPresence(api.deps.db, { sessionId: live.sessionId, count: 40, peak: 400 });
  await live.samples([sampleAt(now, { viewers: 30 })]);
  now = at(9);
  await live.report({ status: "ended" });
  const first = {
    startedAt,
    endedAt: now.toISOString(),
    reconnects: 2,
    peakViewers: 40,
    averageBitrateKbps: 3000,
  };
  expect((await analyticsOf(live.id)).broadcasts).toEqual([first]);
  await live.report({
    broadcastId: "brd_another",
    status: "live",
    startedAt: at(9, 0, 10).toISOString(),
  });
  now = at(9, 30);
  // The node saw more than the edge, which was away for some of it.
  await live.samples([sampleAt(now)], { broadcastId: "brd_another", reconnects: 9 });
  expect((await analyticsOf(live.id, span(at(7)))).broadcasts).toMatchObject([
    first,
    { endedAt: null, reconnects: 9 },
  ]);
  const { broadcasts } = await analyticsOf(live.id, span(at(7), at(8, 30)));
  expect(broadcasts).toEqual([first]);
});

test("a return is one, whichever is heard first: that it was counted, or that there is a picture again", async () => {
  const live = await makeLiveStream(api);
  now = at(8);
  const startedAt = now.toISOString();
  const reconnects = async () => (await analyticsOf(live.id)).broadcasts.map((each) => each.reconnects);
  await live.report({ status: "live", startedAt });
  await live.report({ status: "reconnecting", startedAt });
  await live.samples([sampleAt(now)], { reconnects: 1 });
  await live.report({ status: "live", startedAt });
  expect(await reconnects()).toEqual([1]);
  await live.samples([sampleAt(at(8, 0, 10))], { reconnects: 1 });
  expect(await reconnects()).toEqual([1]);
  // Another one came and went while the edge was away.
  now = at(8, 0, 20);
  await live.samples([sampleAt(now)], { reconnects: 2 });
  expect(await reconnects()).toEqual([2]);
});

test("a broadcast ends when staff end it, and when another begins that nobody told the end of", async () => {
  const live = await makeLiveStream(api);
  now = at(8);
  await live.report({ status: "live", startedAt: now.toISOString() });
  now = at(8, 10);
  await live.report({ broadcastId: "brd_second", status: "live", startedAt: now.toISOString() });
  now = at(8, 20);
  await call(api, "POST", `/api/streams/${live.id}/end`, 204, { token: admin });
  now = at(8, 21);
  await live.report({ broadcastId: "brd_second", status: "ended" });
  const { broadcasts } = await analyticsOf(live.id, span(at(7)));
  expect(broadcasts.map(({ endedAt }) => endedAt)).toEqual([
    at(8, 10).toISOString(),
    at(8, 20).toISOString(),
  ]);
});

test("a time that is none is refused", async () => {
  const { id } = await makeLiveStream(api);
  for (const query of ["?from=yesterday", span(at(9), at(8)), "?to=infinity"])
    await call(api, "GET", `/api/streams/${id}/analytics${query}`, 422, { token: admin });
});

test("samples of two days ago become one for five minutes, which weighs what they weighed, and one day none", async () => {
  const live = await makeLiveStream(api);
  now = at(9);
  await live.report({ status: "live", startedAt: at(8).toISOString() });
  // Five minutes and a half: one slice is whole, of the other there are three samples.
  await live.samples(
    every10Seconds(at(8), 33, (index) =>
      index < 30 ? { bitrateKbps: 1000, droppedFrames: 1 } : { bitrateKbps: 9000 },
    ),
  );
  const before = await analyticsOf(live.id);
  const kept = () =>
    api.deps.db
      .select()
      .from(streamSamples)
      .where(eq(streamSamples.streamId, live.id))
      .orderBy(asc(streamSamples.at));
  const tick = async () => {
    await callInternal(api, "POST", "/internal/tick", 202);
    await api.settled();
  };
  await tick();
  expect(await kept()).toHaveLength(33);
  now = at(9 + 49);
  await Promise.all([tick(), tick(), foldOldSamples(api.deps.db, now)]);
  const folded = await kept();
  expect(folded.reduce((sum, { weight }) => sum + weight, 0)).toBe(33);
  expect(folded.reduce((sum, { sample }) => sum + sample.droppedFrames, 0)).toBe(30);
  expect(folded.every((row) => row.folded)).toBe(true);
  now = at(9);
  const after = await analyticsOf(live.id, span(at(7)));
  expect(after.broadcasts).toEqual(before.broadcasts);
  now = at(9 + 49);
  await tick();
  expect(await kept()).toEqual(folded);
  now = at(9 + 90 * 24);
  await tick();
  expect(await kept()).toEqual([]);
});

test("alone, a call folds each five minutes into exactly one", async () => {
  const live = await makeLiveStream(api);
  now = at(9);
  await live.samples(every10Seconds(at(8), 33));
  await foldOldSamples(api.deps.db, at(9 + 49));
  const rows = await api.deps.db.select().from(streamSamples).where(eq(streamSamples.streamId, live.id));
  expect(rows.map(({ weight }) => weight).sort((one, other) => one - other)).toEqual([3, 30]);
});
