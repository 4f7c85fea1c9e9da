import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../db/open-database.ts";
import { playMinutes, plays, rollUpMarks, watchRollUps } from "../../db/schema/watching-tables.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { figures } from "../../protocol/figures.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { makeRollUps } from "../analytics/test-watching.ts";
import { makeEvent, makeSession, makeStream } from "../streams/test-scene.ts";
import { renderAudienceGauges } from "./audience-gauges.ts";
import { renderPlatformGauges } from "./platform-gauges.ts";
import { dashboardExpressions, familiesIn, figureIn } from "./test-metrics.ts";

const now = new Date("2026-03-05T14:30:20.000Z");
const minutesAgo = (minutes: number) => new Date(Date.parse("2026-03-05T14:30:00.000Z") - minutes * 60_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  for (const table of [plays, playMinutes, watchRollUps, rollUpMarks]) await database.db.delete(table);
});

const scrape = () => renderAudienceGauges(database.db, now);

test("watch time, stalls and errors are those of whole minutes that are settled, and of a day, each stream once", async () => {
  const { db } = database;
  const [stream, session, event] = [
    newIdentifier("stream"),
    newIdentifier("session"),
    newIdentifier("event"),
  ];
  const told = { viewers: 9, watchedSeconds: 60, stalls: 2, stallSeconds: 3.5, errors: 1 };
  await makeRollUps(
    db,
    [stream, session, event],
    [1, 2, 3, 7, 8].map((minutes) => ({ ...told, span: "minute" as const, at: minutesAgo(minutes) })),
  );
  const hours = [30, 30 + 60 * 23, 30 + 60 * 24].map((minutes) => minutesAgo(minutes));
  await makeRollUps(
    db,
    [stream, session, event],
    hours.map((at) => ({ ...told, span: "hour" as const, at })),
  );
  const text = await scrape();
  // What began seven and three minutes ago; two minutes ago is too new, eight too old.
  expect(figureIn(text, 'rostrum_watch_seconds{window="5m"}'), text).toBe(120);
  expect(figureIn(text, 'rostrum_stalls{window="5m"}')).toBe(4);
  expect(figureIn(text, 'rostrum_stall_seconds{window="5m"}')).toBe(7);
  expect(figureIn(text, 'rostrum_player_errors{window="5m"}')).toBe(2);
  expect(figureIn(text, 'rostrum_watch_seconds{window="1d"}')).toBe(120);
});

test("latency and join time are what players said lately, and no series where nobody did", async () => {
  const { db } = database;
  const silent = await scrape();
  expect(figureIn(silent, "rostrum_latency_seconds")).toBeNaN();
  expect(figureIn(silent, "rostrum_join_seconds")).toBeNaN();
  const { id: streamId } = await makeStream(db);
  const play = (index: number, joinMs: number | null, minutes: number) => ({
    streamId,
    viewerId: newIdentifier("viewer"),
    playId: `play_${index}`,
    device: "desktop",
    browser: "Firefox",
    firstAt: minutesAgo(minutes),
    joinMs,
  });
  await db
    .insert(plays)
    .values([play(1, 900, 2), play(2, 1100, 3), play(3, 5000, 4), play(4, null, 1), play(5, 90_000, 40)]);
  const beat = (index: number, latencySeconds: number | null, minutes: number) => ({
    streamId,
    viewerId: newIdentifier("viewer"),
    playId: `play_${index}`,
    minute: minutesAgo(minutes),
    firstAt: minutesAgo(minutes),
    lastAt: minutesAgo(minutes),
    beat: 1,
    playing: true,
    playedSeconds: 1,
    latencySeconds,
  });
  await db.insert(playMinutes).values([beat(1, 3, 1), beat(2, 5, 1), beat(3, null, 1), beat(4, 60, 9)]);
  const text = await scrape();
  expect(figureIn(text, "rostrum_join_seconds"), text).toBe(1.1);
  expect(figureIn(text, "rostrum_latency_seconds")).toBe(4);
});

test("what waits for its roll-up is counted, and since when the oldest waits", async () => {
  const { db } = database;
  const rested = await scrape();
  expect(figureIn(rested, "rostrum_roll_ups_waiting")).toBe(0);
  expect(figureIn(rested, "rostrum_roll_up_lag_seconds")).toBe(0);
  const { id: streamId } = await makeStream(db);
  const beat = (minutes: number) => ({
    streamId,
    viewerId: newIdentifier("viewer"),
    playId: "play_1",
    minute: minutesAgo(minutes),
    firstAt: minutesAgo(minutes),
    lastAt: minutesAgo(minutes),
    beat: 1,
    playing: true,
    playedSeconds: 1,
  });
  await db.insert(playMinutes).values([beat(600), beat(3), beat(1)]);
  const done = newIdentifier("session");
  await db.insert(rollUpMarks).values([
    // Nobody had watched since ten hours ago: it is the news that waits, not the stream.
    { subjectId: streamId, seenAt: minutesAgo(1), rolledUpAt: minutesAgo(599) },
    { subjectId: done, seenAt: minutesAgo(500), rolledUpAt: minutesAgo(500) },
  ]);
  const text = await scrape();
  expect(figureIn(text, "rostrum_roll_ups_waiting"), text).toBe(1);
  expect(figureIn(text, "rostrum_roll_up_lag_seconds")).toBe(200);
});

test("viewers of live streams are told by stream, of the fifty with the most alone", async () => {
  const { db } = database;
  const sessionId = await makeSession(db, await makeEvent(db));
  const most = await makeStream(db, { status: "live", viewers: 900, viewersAt: now, sessionId });
  const idle = await makeStream(db, { status: "idle", viewers: 5, viewersAt: now });
  for (let index = 0; index < 55; index++)
    await makeStream(db, { status: "live", viewers: index, viewersAt: now });
  const text = await renderPlatformGauges(db, 15, now);
  expect(figureIn(text, `rostrum_stream_viewers{session="${sessionId}",stream="${most.id}"}`), text).toBe(
    900,
  );
  expect(text.match(/^rostrum_stream_viewers\{/gm)).toHaveLength(50);
  expect(text).not.toContain(idle.id);
  expect(figureIn(text, "rostrum_viewers")).toBe(900 + (54 * 55) / 2);
});

test("each figure is explained by its one definition", async () => {
  const text = `${await scrape()}${await renderPlatformGauges(database.db, 15, now)}`;
  for (const [name, figure] of [
    ["rostrum_viewers", "viewersNow"],
    ["rostrum_stream_viewers", "viewersNow"],
    ["rostrum_watch_seconds", "watchSeconds"],
    ["rostrum_stalls", "stalls"],
    ["rostrum_stall_seconds", "stallSeconds"],
    ["rostrum_player_errors", "errors"],
    ["rostrum_latency_seconds", "latencySeconds"],
    ["rostrum_join_seconds", "joinSeconds"],
  ] as const)
    expect(text).toContain(`# HELP ${name} ${figures[figure]}`);
});

test("the dashboard never adds up what each process of the API reads of the same database", async () => {
  const names = [
    ...familiesIn(`${await scrape()}${await renderPlatformGauges(database.db, 15, now)}`).keys(),
  ];
  const used = names.flatMap((name) =>
    dashboardExpressions().flatMap((expression) =>
      [...expression.matchAll(new RegExp(`\\b${name}\\b`, "g"))].map(({ index }) => ({
        expression,
        isOneOfAll: /\b(?:max|min)(?: by \([^)]*\) )?\($/.test(expression.slice(0, index)),
      })),
    ),
  );
  expect(used.length).toBeGreaterThan(10);
  expect(used.filter(({ isOneOfAll }) => !isOneOfAll)).toEqual([]);
});

test("a look takes two statements, however much there is", async () => {
  let statements = 0;
  const opened = openDatabase(database.url, {
    maxConnections: 1,
    onStatement: () => {
      statements += 1;
    },
  });
  try {
    await renderAudienceGauges(opened.db, now);
    await renderPlatformGauges(opened.db, 15, now);
    expect(statements).toBe(2);
  } finally {
    await opened.close(1);
  }
});
