import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { mailsDue } from "../../db/schema/accounts-tables.ts";
import { describeError } from "../../protocol/log.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { MailConnection } from "./mail.ts";
import { passwordLink, writeMail } from "./mail-texts.ts";
import {
  forgetOldPasswordTokens,
  insertPasswordTokens,
  newPasswordToken,
  type PasswordTokenKind,
} from "./password-tokens.ts";

type QueueDependencies = Pick<ApiDependencies, "db" | "mail" | "environment" | "log" | "clock">;

const batchSize = 20;
/** A sender that died gives its batch back after this. */
const leaseSeconds = 180;
/** Then it is given up: about three days. */
const mostAttempts = 12;

interface DueMail {
  userId: string;
  kind: PasswordTokenKind;
  attempts: number;
  email: string;
  name: string;
  eventTitle: string | null;
}

/** One of a kind to a person: asking again while one waits changes nothing. */
export async function queueMail(db: Database, userId: string, kind: PasswordTokenKind): Promise<void> {
  await db.insert(mailsDue).values({ userId, kind }).onConflictDoNothing();
}

/**
 * Sends what is due, batch by batch, until nothing is. Several may run at once: each takes rows that no other has. A
 * mail that was not taken is due again later, at growing distances. Never rejects.
 */
export async function sendDueMails(deps: QueueDependencies): Promise<void> {
  if (!deps.mail.leaves) return;
  let connection: MailConnection | null = null;
  try {
    for (;;) {
      const batch = await takeBatch(deps.db);
      if (batch.length === 0) break;
      connection ??= deps.mail.open();
      await sendBatch(deps, connection, batch);
    }
    await forgetOldPasswordTokens(deps.db, deps.clock());
  } catch (error) {
    deps.log.warn("mails-not-sent", describeError(error));
  } finally {
    connection?.close();
  }
}

/** Instants are kept rounded to the millisecond: rounded alike, now is not before what was due a moment ago. */
async function takeBatch(db: Database): Promise<DueMail[]> {
  return db.execute<DueMail & Record<string, unknown>>(sql`
    with taken as (
      update mails_due set attempts = attempts + 1, due_at = now() + make_interval(secs => ${leaseSeconds})
      where (user_id, kind) in (
        select user_id, kind from mails_due where due_at <= now()::timestamptz(3)
        order by due_at limit ${batchSize} for update skip locked
      )
      returning user_id, kind, attempts, event_id
    )
    select taken.user_id as "userId", taken.kind, taken.attempts, users.email, users.name,
      events.title as "eventTitle"
    from taken join users on users.id = taken.user_id left join events on events.id = taken.event_id`);
}

async function sendBatch(deps: QueueDependencies, connection: MailConnection, batch: DueMail[]) {
  const tokens = await Promise.all(batch.map(() => newPasswordToken()));
  const links = batch.map(({ userId, kind }, index) => ({
    userId,
    kind,
    tokenHash: tokens[index]!.tokenHash,
  }));
  // Before the mail: a link must work when it arrives.
  await insertPasswordTokens(deps.db, links, deps.clock());
  const outcomes = await Promise.allSettled(
    batch.map((due, index) => {
      const link = passwordLink(deps.environment.publicUrl, tokens[index]!.token);
      return connection.send(writeMail({ ...due, to: due.email, link }));
    }),
  );
  const sent: DueMail[] = [];
  const failed: { due: DueMail; tokenHash: string; reason: unknown }[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const due = batch[index]!;
    if (outcome.status === "fulfilled") sent.push(due);
    else failed.push({ due, tokenHash: links[index]!.tokenHash, reason: outcome.reason });
  }
  await settle(deps, sent, failed);
}

async function settle(
  { db, log }: QueueDependencies,
  sent: DueMail[],
  failed: { due: DueMail; tokenHash: string; reason: unknown }[],
): Promise<void> {
  const hopeless = failed.filter(({ due }) => due.attempts >= mostAttempts).map(({ due }) => due);
  const done = JSON.stringify([...sent, ...hopeless].map(({ userId, kind }) => ({ userId, kind })));
  await db.execute(sql`
    delete from mails_due using jsonb_to_recordset(${done}::jsonb) as done("userId" text, kind text)
    where mails_due.user_id = done."userId" and mails_due.kind = done.kind`);
  if (failed.length === 0) return;
  const unsent = JSON.stringify(failed.map(({ due, tokenHash }) => ({ ...due, tokenHash })));
  await db.execute(sql`
    with failed as (
      select * from jsonb_to_recordset(${unsent}::jsonb) as failed("userId" text, kind text, "tokenHash" text)
    ), forgotten as (
      delete from password_tokens using failed where token_hash = failed."tokenHash"
    )
    update mails_due set due_at = now() + make_interval(mins => least(power(3, attempts)::int, 720))
    from failed where mails_due.user_id = failed."userId" and mails_due.kind = failed.kind`);
  log.warn("mails-not-taken", {
    count: failed.length,
    givenUp: hopeless.length,
    error: describeError(failed[0]!.reason),
  });
}
