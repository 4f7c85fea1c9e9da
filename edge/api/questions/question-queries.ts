/** Questions as people read them. */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { SessionTotal } from "../../protocol/internal-rooms.ts";
import type { Question, QuestionStatus } from "../../protocol/questions.ts";
import type { RankPlace } from "./question-cursor.ts";
import { type QuestionRow, questionColumns, questionJoins, toQuestionState } from "./question-facts.ts";
import { describeQuestion, everyReader, sessionTotalOfQuestion } from "./question-state.ts";

export interface QuestionViewer {
  userId: string | null;
  /** Staff and speakers. */
  team: boolean;
  staff: boolean;
}

const snapshotQuestions = 50;
const isShown = sql.raw("question.status in ('visible', 'answered')");
const topFirst = sql.raw(
  "order by question.pinned desc, question.upvotes desc, question.created_at desc, question.id desc",
);

interface ReadRow extends QuestionRow {
  upvoted: boolean;
  askers_visible: boolean;
}

const selectFor = ({ userId }: QuestionViewer): SQL => sql`
  select ${questionColumns}, session.askers_visible_to_staff as askers_visible,
         exists (select from question_upvotes upvote
                 where upvote.question_id = question.id and upvote.user_id = ${userId ?? ""}) as upvoted`;

function toQuestion(row: ReadRow, { staff }: QuestionViewer): Question {
  return describeQuestion(toQuestionState(row), {
    upvoted: row.upvoted,
    seesAskers: staff && row.askers_visible,
  });
}

/** What is not shown is for the team, and for who asked it. Without a status: what is shown. */
function seenBy({ userId, team }: QuestionViewer, status: QuestionStatus | undefined): SQL {
  if (status === undefined) return isShown;
  const own = sql`(${isShown} or question.user_id = ${userId ?? ""})`;
  return sql`question.status = ${status} ${team ? sql`` : sql`and ${own}`}`;
}

/** The newest first; a page begins behind `after`. */
export async function listNewQuestions(
  db: Database,
  sessionId: string,
  viewer: QuestionViewer,
  page: { status?: QuestionStatus; after: { at: Date; id: string } | null; limit: number },
): Promise<Question[]> {
  const { after } = page;
  const behind =
    after === null
      ? sql``
      : sql`and (question.created_at, question.id) < (${after.at.toISOString()}::timestamptz, ${after.id})`;
  const rows = await db.execute<ReadRow>(sql`
    ${selectFor(viewer)} from questions question ${questionJoins}
    where question.session_id = ${sessionId} and ${seenBy(viewer, page.status)} ${behind}
    order by question.created_at desc, question.id desc limit ${page.limit}`);
  return rows.map((row) => toQuestion(row, viewer));
}

export interface RankedQuestion {
  question: Question;
  place: RankPlace;
}

/**
 * Pinned ones first, then by upvotes, then the newest. Later pages follow the order of the first: what was voted,
 * unvoted or pinned since is taken back before it is sorted.
 */
export async function listTopQuestions(
  db: Database,
  sessionId: string,
  viewer: QuestionViewer,
  page: { status?: QuestionStatus; after: RankPlace | null; limit: number },
): Promise<RankedQuestion[]> {
  const { after } = page;
  const rows = await db.execute<ReadRow & { position: string; was_pinned: number; had_upvotes: number }>(
    after === null
      ? sql`
        ${selectFor(viewer)}, question.pinned::int as was_pinned, question.upvotes as had_upvotes,
          (select coalesce(max(id), 0) from question_rank_changes where session_id = ${sessionId}) as position
        from questions question ${questionJoins}
        where question.session_id = ${sessionId} and ${seenBy(viewer, page.status)}
        ${topFirst} limit ${page.limit}`
      : sql`
        with since as (
          select question_id, sum(upvotes)::int as upvotes, sum(pinned)::int as pinned
          from question_rank_changes where session_id = ${sessionId} and id > ${after.position}::bigint
          group by question_id
        ), ranked as (
          select question.id, question.pinned::int - coalesce(since.pinned, 0) as was_pinned,
                 question.upvotes - coalesce(since.upvotes, 0) as had_upvotes
          from questions question left join since on since.question_id = question.id
          where question.session_id = ${sessionId} and ${seenBy(viewer, page.status)}
        )
        ${selectFor(viewer)}, ranked.was_pinned, ranked.had_upvotes, ${after.position}::bigint as position
        from ranked join questions question on question.id = ranked.id ${questionJoins}
        where (ranked.was_pinned, ranked.had_upvotes, question.created_at, question.id)
          < (${after.pinned}::int, ${after.upvotes}::int, ${after.createdAt}::timestamptz, ${after.id})
        order by ranked.was_pinned desc, ranked.had_upvotes desc, question.created_at desc, question.id desc
        limit ${page.limit}`,
  );
  return rows.map((row) => {
    const question = toQuestion(row, viewer);
    const { id, createdAt } = question;
    const position = Number(row.position);
    return { question, place: { position, pinned: row.was_pinned, upvotes: row.had_upvotes, createdAt, id } };
  });
}

/** What everyone may see in a session's snapshot: those with the most upvotes, pinned ones first. */
export async function readSnapshotQuestions(db: Database, sessionId: string): Promise<Question[]> {
  const rows = await db.execute<QuestionRow>(sql`
    select ${questionColumns} from questions question ${questionJoins}
    where question.session_id = ${sessionId} and ${isShown} ${topFirst} limit ${snapshotQuestions}`);
  return rows.map((row) => describeQuestion(toQuestionState(row), everyReader));
}

/** The upvotes of the questions that a snapshot shows. */
export async function readQuestionTotals(db: Database, sessionId: string): Promise<SessionTotal[]> {
  const rows = await db.execute<{ id: string; upvotes: number }>(sql`
    select question.id, question.upvotes from questions question
    where question.session_id = ${sessionId} and ${isShown} ${topFirst} limit ${snapshotQuestions}`);
  return rows.map(sessionTotalOfQuestion);
}
