/** A raw log as many viewers leave it who do all that viewers do; the same seed makes the same log. */
import type { Database } from "../../db/open-database.ts";
import { playMinutes, plays, presenceMinutes, rollUpMarks } from "../../db/schema/watching-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { makeEvent, makeSession, makeStream } from "../streams/test-scene.ts";

const minuteMs = 60_000;

export interface RawLogScene {
  eventId: string;
  sessionIds: [string, string];
  /** Those of the sessions, and one without a session. */
  streamIds: [string, string, string];
  from: Date;
  to: Date;
}

/** A session's id or null with a stream's. */
type Place = { sessionId: string | null; streamId: string };

/** Two sessions at once and a stream of its own, from `from` on for `minutes`. */
export async function makeRawLog(
  db: Database,
  options: { seed: number; viewers: number; from: Date; minutes: number },
): Promise<RawLogScene> {
  const eventId = await makeEvent(db);
  const sessionIds: [string, string] = [await makeSession(db, eventId), await makeSession(db, eventId)];
  const [one, other, alone] = [
    await makeStream(db, { sessionId: sessionIds[0] }),
    await makeStream(db, { sessionId: sessionIds[1] }),
    await makeStream(db),
  ];
  const places: Place[] = [
    { sessionId: sessionIds[0], streamId: one.id },
    { sessionId: sessionIds[1], streamId: other.id },
    { sessionId: null, streamId: alone.id },
  ];
  const random = randomFrom(options.seed);
  const log = { plays: [], minutes: [], presence: [] } as {
    plays: (typeof plays.$inferInsert)[];
    minutes: (typeof playMinutes.$inferInsert)[];
    presence: (typeof presenceMinutes.$inferInsert)[];
  };
  for (let viewer = 0; viewer < options.viewers; viewer++) {
    const viewerId = newIdentifier("viewer");
    for (let visit = 0; visit < 1 + Math.floor(random() * 3); visit++) {
      const begins = options.from.getTime() + Math.floor(random() * options.minutes * minuteMs);
      const ends = Math.min(
        begins + Math.floor(random() ** 2 * 100 * minuteMs) + 3000,
        options.from.getTime() + options.minutes * minuteMs,
      );
      const place = places[Math.floor(random() * places.length)]!;
      const by = random();
      if (by < 0.8) leavePlay(log, place, viewerId, begins, ends, random);
      if (by < 0.15) leavePlay(log, place, viewerId, begins + 20_000, ends + 5000, random);
      if (place.sessionId !== null && by > 0.4) {
        leavePresence(log, place, viewerId, by > 0.9 ? "playlist" : "socket", begins, ends, random);
      }
    }
  }
  await db.insert(plays).values(log.plays);
  for (let at = 0; at < log.minutes.length; at += 1000)
    await db.insert(playMinutes).values(log.minutes.slice(at, at + 1000));
  if (log.presence.length > 0) await db.insert(presenceMinutes).values(log.presence);
  const to = new Date(options.from.getTime() + (options.minutes + 5) * minuteMs);
  await db
    .insert(rollUpMarks)
    .values(places.map(({ sessionId, streamId }) => ({ subjectId: sessionId ?? streamId, seenAt: to })));
  return { eventId, sessionIds, streamIds: [one.id, other.id, alone.id], from: options.from, to };
}

/** Beats of one play: paused, lost, late, silent for minutes; now and then of a player that lies. */
function leavePlay(
  log: { plays: (typeof plays.$inferInsert)[]; minutes: (typeof playMinutes.$inferInsert)[] },
  { sessionId, streamId }: Place,
  viewerId: string,
  begins: number,
  ends: number,
  random: () => number,
) {
  const playId = newIdentifier("request");
  const lies = random() < 0.1;
  const rows = new Map<number, typeof playMinutes.$inferInsert>();
  const said = { played: 0, stalls: 0, stallSeconds: 0, errors: 0, high: 0, low: 0 };
  let first = Number.POSITIVE_INFINITY;
  let playing = true;
  for (let at = begins, beat = 1; at <= ends; beat++) {
    const step = random() < 0.02 ? random() * 500_000 : 15_000;
    const ended = at + step > ends && random() < 0.7;
    const late = random() < 0.05 ? random() * 90_000 : random() * 2000;
    const arrives = Math.floor(at + late);
    if (random() > 0.05 || beat === 1) {
      const minute = Math.floor(arrives / minuteMs) * minuteMs;
      first = Math.min(first, arrives);
      const kept = rows.get(minute);
      const newest = !kept || kept.beat < beat;
      rows.set(minute, {
        streamId,
        viewerId,
        playId,
        sessionId,
        minute: new Date(minute),
        firstAt: new Date(Math.min(arrives, kept?.firstAt.getTime() ?? arrives)),
        lastAt: newest ? new Date(arrives) : kept.lastAt,
        beat: Math.max(beat, kept?.beat ?? 0),
        playing: newest ? playing : kept.playing,
        ended: newest ? ended : kept.ended!,
        playedSeconds: Math.max(lies ? said.played * 3 : said.played, kept?.playedSeconds ?? 0),
        stalls: Math.max(said.stalls, kept?.stalls ?? 0),
        stallSeconds: Math.max(said.stallSeconds, kept?.stallSeconds ?? 0),
        errors: Math.max(said.errors, kept?.errors ?? 0),
        latencySeconds: 3 + random() * 4,
        renditions: newest ? { "720p": lies ? 1e5 * beat : said.high, "360p": said.low } : kept.renditions!,
      });
    }
    if (ended) break;
    if (playing) {
      said.played += step / 1000;
      said[random() < 0.8 ? "high" : "low"] += step / 1000;
    }
    if (random() < 0.05) said.stalls += 1;
    said.stallSeconds += random() < 0.05 ? random() * 3 : 0;
    said.errors += random() < 0.01 ? 1 : 0;
    if (random() < 0.05) playing = !playing;
    at += step;
  }
  if (rows.size === 0) return;
  log.plays.push({
    streamId,
    viewerId,
    playId,
    sessionId,
    device: random() < 0.5 ? "desktop" : "phone",
    browser: "firefox",
    firstAt: new Date(first),
    joinMs: Math.floor(random() * 3000),
  });
  log.minutes.push(...rows.values());
}

/** One row a minute, now and then a minute without. */
function leavePresence(
  log: { presence: (typeof presenceMinutes.$inferInsert)[] },
  { sessionId, streamId }: Place,
  viewerId: string,
  via: "socket" | "playlist",
  begins: number,
  ends: number,
  random: () => number,
) {
  for (let minute = Math.floor(begins / minuteMs) * minuteMs; minute <= ends; minute += minuteMs) {
    const key = `${sessionId} ${minute} ${viewerId} ${via}`;
    const isKnown = log.presence.some(
      (row) => `${row.sessionId} ${row.minute.getTime()} ${row.viewerId} ${row.via}` === key,
    );
    if (random() < 0.05 || isKnown) continue;
    const firstAt = Math.max(begins, minute + Math.floor(random() * 25_000));
    const lastAt = Math.min(minute + minuteMs - 1, Math.max(firstAt, Math.min(ends, minute + 59_000)));
    log.presence.push({
      sessionId: sessionId!,
      viewerId,
      via,
      minute: new Date(minute),
      streamId: via === "playlist" ? streamId : null,
      firstAt: new Date(firstAt),
      lastAt: new Date(Math.max(firstAt, lastAt)),
      gone: lastAt >= ends && random() < 0.5,
      playedSeconds: via === "socket" ? random() * 70 : 0,
      stalls: random() < 0.05 ? 1 : 0,
      latencySeconds: 4,
    });
  }
}

/** Mulberry32: numbers from 0 to 1 that a seed determines. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
