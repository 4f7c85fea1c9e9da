import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Role } from "../../protocol/accounts.ts";
import type { QuestionStatus } from "../../protocol/questions.ts";
import type { EventStanding } from "../events/event-access.ts";
import { effectiveRole } from "../streams/stream-access.ts";
import { askRate } from "./ask-question.ts";
import type { SaidMessage, Upvote } from "./question-book.ts";
import type { QuestionState } from "./question-state.ts";

interface AuthorRow extends Record<string, unknown> {
  user_id: string;
  name: string;
  role: Role;
  member_role: EventStanding["memberRole"];
  avatar_url: string | null;
}

export interface QuestionRow extends AuthorRow {
  id: string;
  session_id: string;
  anonymous: boolean;
  asker_visible: boolean;
  text: string;
  status: QuestionStatus;
  upvotes: number;
  pinned: boolean;
  answering: boolean;
  answer: string | null;
  message_id: string | null;
  /** In milliseconds. */
  created_at: number;
}

/** Columns and joins of question rows, with their askers as they are now. */
export const questionColumns = sql.raw(`
  question.id, question.session_id, question.anonymous, question.asker_visible, question.text, question.status, question.upvotes,
  question.pinned, question.answering, question.answer, question.message_id,
  (extract(epoch from question.created_at) * 1000)::float8 as created_at,
  asker.id as user_id, asker.name, asker.role, asker.avatar_url, member.role as member_role`);
export const questionJoins = sql.raw(`
  join users asker on asker.id = question.user_id
  join sessions session on session.id = question.session_id
  left join members member on member.event_id = session.event_id and member.user_id = asker.id`);

export function toQuestionState(row: QuestionRow): QuestionState {
  return {
    id: row.id,
    sessionId: row.session_id,
    asker: toAuthor(row),
    anonymous: row.anonymous,
    askerVisible: row.asker_visible,
    text: row.text,
    status: row.status,
    upvotes: row.upvotes,
    pinned: row.pinned,
    answering: row.answering,
    answer: row.answer,
    messageId: row.message_id,
    createdAt: row.created_at,
  };
}

function toAuthor({ user_id, name, role, member_role, avatar_url }: AuthorRow) {
  return { id: user_id, name, role: effectiveRole(role, member_role), avatarUrl: avatar_url };
}

const listed = (ids: readonly string[]): SQL =>
  sql`(select id from json_array_elements_text(${JSON.stringify(ids)}::json) as wanted(id))`;

/** Of this session: those with these ids, those made of these messages, and the one that is being answered. */
export async function readQuestionsNamed(
  tx: Database,
  sessionId: string,
  ids: readonly string[],
  messageIds: readonly string[],
): Promise<QuestionState[]> {
  const rows = await tx.execute<QuestionRow>(sql`
    select ${questionColumns} from questions question ${questionJoins}
    where question.session_id = ${sessionId}
      and (question.id = any(array${listed(ids)}) or question.message_id = any(array${listed(messageIds)})
           or question.answering)`);
  return rows.map(toQuestionState);
}

/** Those of these upvotes that are given. */
export async function readUpvotes(tx: Database, pairs: readonly Upvote[]): Promise<Upvote[]> {
  const wanted = pairs.map(({ questionId, userId }) => ({ question_id: questionId, user_id: userId }));
  const rows = await tx.execute<{ question_id: string; user_id: string }>(sql`
    select upvote.question_id, upvote.user_id
    from (select distinct question_id, user_id
          from json_to_recordset(${JSON.stringify(wanted)}::json) as pair(question_id text, user_id text)) as wanted
    join question_upvotes upvote
      on upvote.question_id = wanted.question_id and upvote.user_id = wanted.user_id`);
  return rows.map((row) => ({ questionId: row.question_id, userId: row.user_id }));
}

/** Those of the session's messages that everyone sees. */
export async function readSaid(
  tx: Database,
  sessionId: string,
  ids: readonly string[],
): Promise<SaidMessage[]> {
  const rows = await tx.execute<AuthorRow & { id: string; text: string }>(sql`
    select message.id, message.text, author.id as user_id, author.name, author.role, author.avatar_url,
           member.role as member_role
    from chat_messages message
    join users author on author.id = message.user_id
    join sessions session on session.id = message.session_id
    left join members member on member.event_id = session.event_id and member.user_id = author.id
    where message.session_id = ${sessionId} and message.id in ${listed(ids)}
      and message.deleted_at is null and message.state = 'visible'`);
  return rows.map((row) => ({ id: row.id, text: row.text, author: toAuthor(row) }));
}

/** When each of these people asked here within the window of the rate, in milliseconds. */
export async function readAsked(
  tx: Database,
  sessionId: string,
  userIds: readonly string[],
): Promise<Map<string, number[]>> {
  // now(), the transaction's beginning: indexes serve no condition on clock_timestamp(), which is volatile.
  const rows = await tx.execute<{ id: string; asked_at: number[] }>(sql`
    select wanted.id, recent.asked_at
    from ${listed(userIds)} as wanted
    cross join lateral (
      select json_agg((extract(epoch from created_at) * 1000)::float8) as asked_at
      from (
        select created_at from questions
        where user_id = wanted.id and session_id = ${sessionId} and message_id is null
          and created_at > now() - ${askRate.windowMs}::float8 * interval '1 millisecond'
        order by created_at desc limit ${askRate.questions}
      ) newest
    ) recent
    where recent.asked_at is not null`);
  return new Map(rows.map((row) => [row.id, row.asked_at]));
}
