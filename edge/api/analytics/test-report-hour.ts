/** An hour that has passed, what was on air in it and who watched, for tests of reports. */
import type { Database } from "../../db/open-database.ts";
import { broadcasts } from "../../db/schema/aftermath-tables.ts";
import type { EventAnalytics } from "../../protocol/analytics.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call } from "../streams/test-client.ts";
import { makeStream } from "../streams/test-scene.ts";
import type { TestApi } from "../test-application.ts";

/** Of today, so that what is signed by the present clock is good. */
export const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000;
export const at = (minute: number, second = 0) => new Date(hour + (minute * 60 + second) * 1000);

/** A viewer who watched from minute to minute. */
export const seen = (viewerId: string, from: number, to: number, watchedSeconds = (to - from) * 60) => ({
  viewerId,
  firstAt: at(from),
  lastAt: at(to),
  watchedSeconds,
});

/** A broadcast of a stream of the session, from minute to minute; null: it is still live. */
export async function makeBroadcast(
  db: Database,
  sessionId: string,
  from: number,
  to: number | null,
  losses: Date[] = [],
) {
  const stream = await makeStream(db, { sessionId, status: to === null ? "live" : "ended" });
  await db.insert(broadcasts).values({
    id: newIdentifier("broadcast"),
    streamId: stream.id,
    sessionId,
    startedAt: at(from),
    endedAt: to === null ? null : at(to),
    losses: losses.map((lost) => lost.toISOString()),
  });
  return stream;
}

export async function fetchReport(api: TestApi, token: string, eventId: string): Promise<EventAnalytics> {
  return (await call(api, "GET", `/api/events/${eventId}/analytics`, 200, { token })).body;
}
