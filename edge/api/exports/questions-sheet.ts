import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Question } from "../../protocol/questions.ts";
import { keysetPages } from "../keyset-pages.ts";
import {
  type QuestionRow,
  questionColumns,
  questionJoins,
  toQuestionState,
} from "../questions/question-facts.ts";
import { describeQuestion } from "../questions/question-state.ts";
import type { Column } from "./csv-lines.ts";
import { pagesOfSessions } from "./event-sessions.ts";
import { type SheetText, sheetText } from "./sheet.ts";

type StaffRow = QuestionRow & { askers_visible: boolean };
interface AskedRow {
  session: string;
  question: Question;
  anonymous: boolean;
}

const asker = ({ question }: AskedRow) => question.user ?? question.asker ?? null;
const columns: Column<AskedRow>[] = [
  ["asked_at", ({ question }) => question.createdAt],
  ["session", ({ session }) => session],
  ["asker", (row) => asker(row)?.name ?? null],
  ["anonymous", ({ anonymous }) => anonymous],
  ["text", ({ question }) => question.text],
  ["status", ({ question }) => question.status],
  ["upvotes", ({ question }) => question.upvotes],
  ["pinned", ({ question }) => question.pinned],
  ["answer", ({ question }) => question.answer],
  ["question_id", ({ question }) => question.id],
  ["asker_id", (row) => asker(row)?.id ?? null],
];

/** All that was asked in an event's sessions, oldest first in each. Who asked is told as to staff anywhere else. */
export function questionsSheet(db: Database, eventId: string): SheetText {
  return sheetText(
    columns,
    pagesOfSessions(db, eventId, ({ id }) => questionPages(db, id)),
  );
}

async function* questionPages(db: Database, sessionId: string) {
  const pages = keysetPages<StaffRow>(async (after, limit) => {
    const behind =
      after === null
        ? sql``
        : sql`and (question.created_at, question.id) > (${new Date(after.created_at).toISOString()}::timestamptz, ${after.id})`;
    return db.execute<StaffRow>(sql`
      select ${questionColumns}, session.askers_visible_to_staff as askers_visible
      from questions question ${questionJoins}
      where question.session_id = ${sessionId} ${behind}
      order by question.created_at, question.id limit ${sql.raw(String(limit))}`);
  });
  for await (const page of pages) {
    yield page.map((row) => ({
      question: describeQuestion(toQuestionState(row), { upvoted: false, seesAskers: row.askers_visible }),
      anonymous: row.anonymous,
    }));
  }
}
