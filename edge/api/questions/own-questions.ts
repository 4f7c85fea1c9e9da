import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Mine } from "../../protocol/engagement.ts";
import { type QuestionRow, questionColumns, questionJoins, toQuestionState } from "./question-facts.ts";
import { describeQuestion } from "./question-state.ts";

export type OwnQuestions = Pick<Mine, "upvotes" | "asked" | "questions">;

/** Bounds for what a join carries of one person; who asks more than that finds it by HTTP. */
const mostAsked = 500;
const mostPending = 50;

/**
 * What is each person's own among the session's questions: which they have upvoted and asked, anonymously too, and
 * those that wait for a moderator. Who has none of it is not in the answer. Three queries for any number of people.
 */
export async function readOwnQuestions(
  db: Database,
  sessionId: string,
  userIds: readonly string[],
): Promise<Map<string, OwnQuestions>> {
  if (userIds.length === 0) return new Map();
  const wanted = sql`json_array_elements_text(${JSON.stringify(userIds)}::json) as wanted(id)`;
  const [upvoted, asked, pending] = await Promise.all([
    // Upvote by upvote, which `offset 0` keeps so: the other way round, every question would be asked for each person.
    db.execute<{ user_id: string; ids: string[] }>(sql`
      with upvoted as materialized (
        select user_id, question_id from question_upvotes
        where user_id = any(array(select id from ${wanted}))
      )
      select upvoted.user_id, json_agg(upvoted.question_id) as ids from upvoted
      cross join lateral (
        select from questions question
        where question.id = upvoted.question_id and question.session_id = ${sessionId}
          and question.status in ('visible', 'answered')
        offset 0
      ) as here
      group by upvoted.user_id`),
    db.execute<{ user_id: string; ids: string[] }>(sql`
      select wanted.id as user_id, own.ids from ${wanted}
      cross join lateral (
        select json_agg(id) as ids from (
          select id from questions
          where user_id = wanted.id and session_id = ${sessionId} and status <> 'archived'
          order by created_at desc limit ${mostAsked}
        ) one
      ) own where own.ids is not null`),
    db.execute<QuestionRow>(sql`
      select ${questionColumns} from ${wanted}
      cross join lateral (
        select * from questions
        where user_id = wanted.id and session_id = ${sessionId} and status = 'pending'
        order by created_at limit ${mostPending}
      ) question ${questionJoins}
      order by question.created_at, question.id`),
  ]);
  const own = new Map<string, OwnQuestions>();
  const of = (userId: string) => {
    const known = own.get(userId) ?? { upvotes: [], asked: [], questions: [] };
    own.set(userId, known);
    return known;
  };
  for (const { user_id, ids } of upvoted) of(user_id).upvotes = ids;
  for (const { user_id, ids } of asked) of(user_id).asked = ids;
  for (const row of pending) of(row.user_id).questions.push(describeQuestion(toQuestionState(row)));
  return own;
}
