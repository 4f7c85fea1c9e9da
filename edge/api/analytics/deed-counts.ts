/** What people did in sessions, counted. */
import { type SQL, sql } from "drizzle-orm";

/**
 * Rows `(session_id, user_id, deed, times, known)`: how often each did what where. `known` leaves out questions that
 * were asked anonymously and whose asker is hidden from staff: nobody's own figures or score may tell who asked.
 * What was deleted, held back or shadowed does not count, nor a question that nobody was shown.
 *
 * `sessions` and `users` are lists as `among()` writes them; without `users` it is everyone.
 */
export function deedCounts(sessions: SQL, users?: SQL): SQL {
  const of = (person: SQL) => (users ? sql`and ${person} ${users}` : sql``);
  return sql`(
    select session_id, user_id, 'messages' as deed, count(*) as times, count(*) as known
    from chat_messages
    where session_id ${sessions} and state = 'visible' and deleted_at is null ${of(sql`user_id`)}
    group by session_id, user_id
    union all
    select question.session_id, question.user_id, 'questions', count(*),
           count(*) filter (where not question.anonymous
             or (question.asker_visible and session.askers_visible_to_staff))
    from questions question join sessions session on session.id = question.session_id
    where question.session_id ${sessions} and ${wasLetIn} ${of(sql`question.user_id`)}
    group by question.session_id, question.user_id
    union all
    select question.session_id, upvote.user_id, 'upvotes', count(*), count(*)
    from question_upvotes upvote join questions question on question.id = upvote.question_id
    where question.session_id ${sessions} and ${wasLetIn} and upvote.user_id <> question.user_id
      ${of(sql`upvote.user_id`)}
    group by question.session_id, upvote.user_id
    union all
    select poll.session_id, vote.user_id, 'votes', count(distinct vote.poll_id), count(distinct vote.poll_id)
    from poll_votes vote join polls poll on poll.id = vote.poll_id
    where poll.session_id ${sessions} and ${wasOpened} ${of(sql`vote.user_id`)}
    group by poll.session_id, vote.user_id
    union all
    select session_id, user_id, 'reactions', sum(count), sum(count)
    from session_reactions
    where session_id ${sessions} ${of(sql`user_id`)}
    group by session_id, user_id
  )`;
}

/** Shown now, or archived after it was: an answer or an upvote is only given to what is shown. */
export const wasLetIn = sql`(question.status in ('visible', 'answered')
  or (question.status = 'archived' and (question.answer is not null or question.upvotes > 0)))`;

/** A draft may be archived without having been opened. */
export const wasOpened = sql`(poll.status in ('open', 'closed') or (poll.status = 'archived' and poll.voters > 0))`;
