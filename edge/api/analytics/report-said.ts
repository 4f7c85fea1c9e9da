/** What was asked in an event, and what its polls came to. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { EventAnalytics } from "../../protocol/analytics.ts";
import { wasLetIn, wasOpened } from "./deed-counts.ts";
import { among } from "./roll-up-log.ts";

const mostQuestions = 10;
const mostPolls = 1000;

/** Those with the most upvotes, the older first among equals. Who asked anonymously is not named, to nobody. */
export async function readTopQuestions(
  db: Database,
  sessionIds: readonly string[],
): Promise<EventAnalytics["topQuestions"]> {
  const rows = await db.execute<{
    session_id: string;
    text: string;
    asked_by: string | null;
    upvotes: number;
    answer: string | null;
  }>(sql`
    select question.session_id, question.text, question.upvotes, question.answer,
           case when not question.anonymous then person.name end as asked_by
    from questions question join users person on person.id = question.user_id
    where question.session_id ${among(sessionIds)} and ${wasLetIn}
    order by question.upvotes desc, question.created_at, question.id limit ${mostQuestions}`);
  return rows.map(({ session_id, asked_by, ...rest }) => ({
    sessionId: session_id,
    askedBy: asked_by,
    ...rest,
  }));
}

/** Exact totals, also of polls whose results are hidden from viewers; drafts have none. Oldest first. */
export async function readPollResults(
  db: Database,
  sessionIds: readonly string[],
): Promise<EventAnalytics["polls"]> {
  const rows = await db.execute<{
    session_id: string;
    question: string;
    voters: number;
    options: EventAnalytics["polls"][number]["options"];
  }>(sql`
    select poll.session_id, poll.question, poll.voters,
           (select jsonb_agg(jsonb_build_object('text', choice.text, 'votes', choice.votes) order by choice.position)
            from poll_options choice where choice.poll_id = poll.id) as options
    from polls poll
    where poll.session_id ${among(sessionIds)} and ${wasOpened}
    order by poll.created_at, poll.id limit ${mostPolls}`);
  return rows.map(({ session_id, options, ...rest }) => ({
    sessionId: session_id,
    ...rest,
    options: options ?? [],
  }));
}
