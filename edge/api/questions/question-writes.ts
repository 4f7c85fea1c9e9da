import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { QuestionChanges, Upvote } from "./question-book.ts";

/**
 * Writes what a batch did to questions; at most six statements, and only those that are needed. Figures are written
 * as they were counted: the session's log is locked, so nobody counts beside us.
 */
export function writeQuestions(
  tx: Database,
  sessionId: string,
  { asked, changed, noLongerAnswering, added, removed, moved }: QuestionChanges,
  at: string,
): Promise<unknown>[] {
  const work: Promise<unknown>[] = [];
  if (noLongerAnswering.length > 0) {
    // Before another one is: an index lets one be answered at any moment.
    work.push(
      tx.execute(sql`
        update questions set answering = false
        where id in (select id from json_array_elements_text(${JSON.stringify(noLongerAnswering)}::json) as former(id))`),
    );
  }
  if (asked.length > 0) {
    const rows = asked.map((question) => ({
      id: question.id,
      user_id: question.asker.id,
      anonymous: question.anonymous,
      asker_visible: question.askerVisible,
      text: question.text,
      status: question.status,
      upvotes: question.upvotes,
      pinned: question.pinned,
      answering: question.answering,
      answer: question.answer,
      message_id: question.messageId,
    }));
    work.push(
      tx.execute(sql`
        insert into questions (id, session_id, user_id, anonymous, asker_visible, text, status, upvotes, pinned,
                               answering, answer, message_id, created_at)
        select id, ${sessionId}, user_id, anonymous, asker_visible, text, status, upvotes, pinned,
               answering, answer, message_id, ${at}::timestamptz
        from json_to_recordset(${JSON.stringify(rows)}::json)
          as asked(id text, user_id text, anonymous boolean, asker_visible boolean, text text, status text,
                   upvotes int, pinned boolean, answering boolean, answer text, message_id text)`),
    );
  }
  if (changed.length > 0) {
    const rows = changed.map(({ id, status, upvotes, pinned, answering, answer }) => {
      return { id, status, upvotes, pinned, answering, answer };
    });
    work.push(
      tx.execute(sql`
        update questions set status = next.status, upvotes = next.upvotes, pinned = next.pinned,
                             answering = next.answering, answer = next.answer
        from json_to_recordset(${JSON.stringify(rows)}::json)
          as next(id text, status text, upvotes int, pinned boolean, answering boolean, answer text)
        where questions.id = next.id`),
    );
  }
  if (removed.length > 0) {
    work.push(
      tx.execute(sql`
        delete from question_upvotes using ${pairs(removed)}
        where question_upvotes.question_id = pair.question_id and question_upvotes.user_id = pair.user_id`),
    );
  }
  if (added.length > 0) {
    work.push(
      tx.execute(sql`
        insert into question_upvotes (question_id, user_id, created_at)
        select question_id, user_id, ${at}::timestamptz from ${pairs(added)}`),
    );
  }
  if (moved.length > 0) {
    const rows = moved.map(({ questionId, ...by }) => ({ question_id: questionId, ...by }));
    work.push(
      tx.execute(sql`
        insert into question_rank_changes (session_id, question_id, upvotes, pinned, at)
        select ${sessionId}, question_id, upvotes, pinned, ${at}::timestamptz
        from json_to_recordset(${JSON.stringify(rows)}::json)
          as change(question_id text, upvotes int, pinned int)`),
    );
  }
  return work;
}

function pairs(upvotes: readonly Upvote[]) {
  const json = upvotes.map(({ questionId, userId }) => ({ question_id: questionId, user_id: userId }));
  return sql`json_to_recordset(${JSON.stringify(json)}::json) as pair(question_id text, user_id text)`;
}
