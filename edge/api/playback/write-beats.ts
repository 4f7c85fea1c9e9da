/** The one place where beats reach the database: a batch of them in one statement, whose result order does not matter. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { Problem } from "../../protocol/problem.ts";
import { markSeen } from "../realtime/seen-mark.ts";
import type { ToldMinute } from "./told-minute.ts";

/** Shared by those who write beats; held alone by whoever takes a person out of what was written. */
const beatsLock = 4137;
/** About ten seconds in all. */
const mostAttempts = 200;
const attemptSeconds = 0.05;
/** Roll-ups look back this far by themselves. */
const lookBackMs = 5 * 60_000;

/** A type, for the driver's rows. */
type Written = {
  /** Their places among what was told. */
  passedOver: number[];
  /** Sessions, and streams without one, with when the first of their beats came. */
  subjects: { id: string; since: number }[];
};

/**
 * Writes them as the maximum of what is there and what is told: late, doubled and reordered beats, and several
 * processes, come to the same rows. Returns those that count for nothing: their stream is gone or has a newer playback
 * generation, or their viewer's account was deleted or banned from the event.
 */
export async function writeBeats(
  db: Database,
  told: readonly ToldMinute[],
  now: Date,
): Promise<ToldMinute[]> {
  if (told.length === 0) return [];
  return db.transaction(async (tx) => {
    await shareTheLog(tx);
    const [written] = await tx.execute<Written>(statement(told));
    const { passedOver, subjects } = written!;
    const ids = subjects.map(({ id }) => id);
    if (ids.length > 0) await markSeen(tx, ids, now);
    const longAgo = now.getTime() - lookBackMs;
    await rollUpAgain(
      tx,
      subjects.filter(({ since }) => since < longAgo),
    );
    return passedOver.map((row) => told[row]!);
  });
}

/** What waited here for long, while another process went on writing, would be passed over for good. */
async function rollUpAgain(tx: Database, subjects: Written["subjects"]): Promise<void> {
  for (const { id, since } of subjects) {
    await tx.execute(sql`
      update roll_up_marks set rolled_up_at = ${instant(since)}::timestamptz
      where subject_id = ${id} and rolled_up_at > ${instant(since)}::timestamptz`);
  }
}

/** Before anything is written to the raw log by the id of a user who may be taken out of it. */
export async function shareTheLog(tx: Database): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock_shared(${beatsLock})`);
}

/**
 * Waits until no batch and no roll-up is under way, and keeps others out until the transaction ends: before the beats of
 * a user who was marked as deleted in it are made nobody's, so that none comes after. Does not queue: whoever waits in
 * line for this lock holds up all batches behind it. Throws `unavailable` where a long roll-up keeps it.
 */
export async function holdBeats(tx: Database): Promise<void> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const [lock] = await tx.execute<{ held: boolean }>(
      sql`select pg_try_advisory_xact_lock(${beatsLock}) as held`,
    );
    if (lock?.held) return;
    await tx.execute(sql`select pg_sleep(${attemptSeconds})`);
  }
  throw new Problem("unavailable", { detail: "Figures are being reckoned.", retryAfterSeconds: 10 });
}

function statement(told: readonly ToldMinute[]) {
  const rows = told.map((minute, row) => ({
    row,
    ...minute,
    minute: instant(minute.minute),
    firstAt: instant(minute.firstAt),
    lastAt: instant(minute.lastAt),
  }));
  // Rows in one order, so that two batches that meet wait for each other instead of locking up.
  return sql`
    with told as materialized (
      select * from json_to_recordset(${JSON.stringify(rows)}::json) as told(
        "row" int, "streamId" text, "viewerId" text, generation int, "playId" text, device text, browser text,
        minute timestamptz, "firstAt" timestamptz, "lastAt" timestamptz, beat int, playing bool, ended bool,
        "playedSeconds" float8, stalls int, "stallSeconds" float8, errors int, "latencySeconds" float8,
        renditions jsonb, "joinMs" int)
    ), good as materialized (
      select told.*, streams.session_id from told
      join streams on streams.id = told."streamId" and streams.playback_generation = told.generation
      left join sessions on sessions.id = streams.session_id
      left join bans on bans.event_id = sessions.event_id and bans.user_id = told."viewerId"
      left join users on users.id = told."viewerId" and users.deleted_at is null
      where bans.user_id is null and (users.id is not null or starts_with(told."viewerId", 'vwr_'))
    ), begun as (
      insert into plays as kept
        (stream_id, viewer_id, play_id, session_id, device, browser, first_at, join_ms)
      select good."streamId", good."viewerId", good."playId", max(good.session_id),
        (array_agg(good.device order by good."firstAt"))[1], (array_agg(good.browser order by good."firstAt"))[1],
        min(good."firstAt"), min(good."joinMs")
      from good
      left join plays as known on known.stream_id = good."streamId" and known.viewer_id = good."viewerId"
        and known.play_id = good."playId"
      -- Nearly all are known already, and a conflict writes even where it changes nothing.
      where known.play_id is null or good."firstAt" < known.first_at
        or (good."joinMs" is not null and (known.join_ms is null or good."joinMs" < known.join_ms))
      group by 1, 2, 3
      order by 1, 2, 3
      on conflict (stream_id, viewer_id, play_id) do update set
        device = case when excluded.first_at < kept.first_at then excluded.device else kept.device end,
        browser = case when excluded.first_at < kept.first_at then excluded.browser else kept.browser end,
        first_at = least(kept.first_at, excluded.first_at),
        join_ms = least(kept.join_ms, excluded.join_ms)
    ), minutes as (
      insert into play_minutes as kept
        (stream_id, viewer_id, play_id, minute, session_id, first_at, last_at, beat, playing, ended, played_seconds,
         stalls, stall_seconds, errors, latency_seconds, renditions)
      select "streamId", "viewerId", "playId", minute, session_id, "firstAt", "lastAt", beat, playing, ended,
        "playedSeconds", stalls, "stallSeconds", errors, "latencySeconds", renditions
      from good
      order by 1, 2, 3, 4
      on conflict (stream_id, viewer_id, play_id, minute) do update set
        (last_at, playing, ended, latency_seconds, renditions) = (
          select newest.last_at, newest.playing, newest.ended, newest.latency_seconds, newest.renditions
          from (values
            (excluded.beat, excluded.last_at, excluded.playing, excluded.ended, excluded.latency_seconds, excluded.renditions),
            (kept.beat, kept.last_at, kept.playing, kept.ended, kept.latency_seconds, kept.renditions)
          ) as newest(beat, last_at, playing, ended, latency_seconds, renditions)
          order by newest.beat desc, newest.last_at limit 1),
        beat = greatest(kept.beat, excluded.beat),
        first_at = least(kept.first_at, excluded.first_at),
        played_seconds = greatest(kept.played_seconds, excluded.played_seconds),
        stalls = greatest(kept.stalls, excluded.stalls),
        stall_seconds = greatest(kept.stall_seconds, excluded.stall_seconds),
        errors = greatest(kept.errors, excluded.errors)
    )
    select
      coalesce((select json_agg(told."row") from told
        where not exists (select from good where good."row" = told."row")), '[]') as "passedOver",
      coalesce((select json_agg(json_build_object('id', id, 'since', extract(epoch from since) * 1000)) from (
        select coalesce(session_id, "streamId") as id, min("firstAt") as since from good group by 1
      ) as subject), '[]') as subjects`;
}

const instant = (ms: number) => new Date(ms).toISOString();
