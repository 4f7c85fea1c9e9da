import { sql } from "drizzle-orm";
import {
  bigserial,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { PollStatus } from "../../protocol/polls.ts";
import type { QuestionStatus } from "../../protocol/questions.ts";
import { users } from "./accounts-tables.ts";
import { instant } from "./column-kinds.ts";
import { sessions } from "./events-tables.ts";
import { chatMessages } from "./session-log-tables.ts";

const ofSession = () =>
  text("session_id")
    .notNull()
    .references(() => sessions.id, { onDelete: "cascade" });
const ofUser = () =>
  text("user_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" });

/** Who may not write in a session, and until when. A row whose time is over means nothing. */
export const chatMutes = pgTable(
  "chat_mutes",
  {
    sessionId: ofSession(),
    userId: ofUser(),
    until: instant("until").notNull(),
    /** The muted one is not told, and goes on writing for themself alone. */
    shadow: boolean("shadow").notNull().default(false),
    mutedBy: text("muted_by"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ name: "chat_mutes_pkey", columns: [table.sessionId, table.userId] })],
);

export const questions = pgTable(
  "questions",
  {
    id: text("id").primaryKey(),
    sessionId: ofSession(),
    userId: ofUser(),
    anonymous: boolean("anonymous").notNull().default(false),
    /** Whether the session let staff see who asks anonymously when this was asked: a promise is kept afterwards. */
    askerVisible: boolean("asker_visible").notNull().default(false),
    text: text("text").notNull(),
    status: text("status").$type<QuestionStatus>().notNull().default("visible"),
    /** Counts `question_upvotes`, written in the same transaction. */
    upvotes: integer("upvotes").notNull().default(0),
    pinned: boolean("pinned").notNull().default(false),
    answering: boolean("answering").notNull().default(false),
    answer: text("answer"),
    messageId: text("message_id").references(() => chatMessages.id, { onDelete: "set null" }),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    check(
      "questions_status_is_known",
      sql`${table.status} in ('pending', 'visible', 'answered', 'archived')`,
    ),
    check("questions_upvotes", sql`${table.upvotes} >= 0`),
    uniqueIndex("questions_one_is_being_answered").on(table.sessionId).where(sql`${table.answering}`),
    unique("questions_of_message").on(table.messageId),
    index("questions_by_upvotes").on(table.sessionId, table.pinned, table.upvotes, table.createdAt),
    index("questions_by_creation").on(table.sessionId, table.createdAt, table.id),
    index("questions_of_user").on(table.userId, table.createdAt),
  ],
);

/** One upvote a user. */
export const questionUpvotes = pgTable(
  "question_upvotes",
  {
    questionId: text("question_id")
      .notNull()
      .references(() => questions.id, { onDelete: "cascade" }),
    userId: ofUser(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: "question_upvotes_pkey", columns: [table.questionId, table.userId] }),
    index("question_upvotes_of_user").on(table.userId),
  ],
);

/**
 * How the order of questions changed of late, so that whoever reads the top ones page by page sees all pages as they
 * stood at the first, while votes come in. Ids rise in the order of a session's commits. Kept for an hour.
 */
export const questionRankChanges = pgTable(
  "question_rank_changes",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    sessionId: ofSession(),
    questionId: text("question_id")
      .notNull()
      .references(() => questions.id, { onDelete: "cascade" }),
    /** By how much the upvotes grew. */
    upvotes: integer("upvotes").notNull(),
    /** 1: it was pinned, -1: it was unpinned. */
    pinned: integer("pinned").notNull(),
    at: instant("at").notNull().defaultNow(),
  },
  (table) => [
    index("question_rank_changes_of_session").on(table.sessionId, table.id),
    index("question_rank_changes_of_question").on(table.questionId),
    index("question_rank_changes_by_age").on(table.at),
  ],
);

export const polls = pgTable(
  "polls",
  {
    id: text("id").primaryKey(),
    sessionId: ofSession(),
    question: text("question").notNull(),
    multiple: boolean("multiple").notNull().default(false),
    hideResults: boolean("hide_results").notNull().default(false),
    /** As written: one past `closes_at` is closed, although it may still say `open` here. */
    status: text("status").$type<PollStatus>().notNull().default("open"),
    closesAt: instant("closes_at"),
    /** How many people have voted; counts `poll_votes`, written in the same transaction. */
    voters: integer("voters").notNull().default(0),
    createdBy: text("created_by"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    check("polls_status_is_known", sql`${table.status} in ('draft', 'open', 'closed', 'archived')`),
    check("polls_voters", sql`${table.voters} >= 0`),
    index("polls_of_session").on(table.sessionId, table.createdAt, table.id),
    index("polls_that_close").on(table.closesAt).where(sql`${table.status} = 'open'`),
  ],
);

export const pollOptions = pgTable(
  "poll_options",
  {
    id: text("id").primaryKey(),
    pollId: text("poll_id")
      .notNull()
      .references(() => polls.id, { onDelete: "cascade" }),
    position: integer("position").notNull(),
    text: text("text").notNull(),
    votes: integer("votes").notNull().default(0),
  },
  (table) => [
    unique("poll_options_position").on(table.pollId, table.position),
    // For the votes' foreign key: an option of another poll cannot be voted for.
    unique("poll_options_of_poll").on(table.pollId, table.id),
    check("poll_options_votes", sql`${table.votes} >= 0`),
  ],
);

/** One row for each option a user has chosen. */
export const pollVotes = pgTable(
  "poll_votes",
  {
    pollId: text("poll_id")
      .notNull()
      .references(() => polls.id, { onDelete: "cascade" }),
    userId: ofUser(),
    optionId: text("option_id").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: "poll_votes_pkey", columns: [table.pollId, table.userId, table.optionId] }),
    foreignKey({
      name: "poll_votes_option_is_of_poll",
      columns: [table.pollId, table.optionId],
      foreignColumns: [pollOptions.pollId, pollOptions.id],
    }).onDelete("cascade"),
    index("poll_votes_of_user").on(table.userId),
  ],
);

export const sessionReactions = pgTable(
  "session_reactions",
  {
    sessionId: ofSession(),
    userId: ofUser(),
    emoji: text("emoji").notNull(),
    count: integer("count").notNull(),
  },
  (table) => [
    primaryKey({ name: "session_reactions_pkey", columns: [table.sessionId, table.userId, table.emoji] }),
    index("session_reactions_of_user").on(table.userId),
  ],
);

/** Reports of activity that were counted, so that a repeated one adds nothing. Kept for a day. */
export const activityReports = pgTable(
  "activity_reports",
  { id: text("id").primaryKey(), at: instant("at").notNull().defaultNow() },
  (table) => [index("activity_reports_by_age").on(table.at)],
);
