import * as v from "valibot";
import { ChatAuthor } from "./chat.ts";
import { Instant, identifier } from "./identifier.ts";
import { listOf } from "./list.ts";
import { spokenText } from "./spoken-text.ts";

export const QuestionStatus = v.picklist(["pending", "visible", "answered", "archived"]);
export type QuestionStatus = v.InferOutput<typeof QuestionStatus>;

export const Question = v.pipe(
  v.object({
    id: identifier("question"),
    sessionId: identifier("session"),
    /** Null when asked anonymously. */
    user: v.nullable(ChatAuthor),
    /** Who asked anonymously: for staff who ask by HTTP, where the session let them see it when it was asked. */
    asker: v.optional(ChatAuthor),
    text: v.string(),
    status: QuestionStatus,
    upvotes: v.number(),
    /** By whoever asks; always false in events, which everyone hears. */
    upvoted: v.boolean(),
    pinned: v.boolean(),
    /** Being answered now, on stage; one in a session. */
    answering: v.boolean(),
    answer: v.nullable(v.string()),
    /** The chat message it was made of. */
    messageId: v.nullable(identifier("message")),
    createdAt: Instant,
  }),
  v.metadata({ ref: "Question" }),
);
export type Question = v.InferOutput<typeof Question>;
export const QuestionList = listOf(Question);

const questionEntries = { text: spokenText(500), anonymous: v.optional(v.boolean(), false) };

export { questionEntries };
export const AskRequest = v.object(questionEntries);
export const QuestionFromMessageRequest = v.object({ messageId: identifier("message") });

const answer = v.nullable(spokenText(2000));
const changeEntries = {
  status: v.optional(QuestionStatus),
  pinned: v.optional(v.boolean()),
  answering: v.optional(v.boolean()),
  answer: v.optional(answer),
};

export { changeEntries as questionChangeEntries };
export const QuestionChange = v.object(changeEntries);
export type QuestionChange = v.InferOutput<typeof QuestionChange>;

/** Data of `question:upvote`; a total, without seq. */
export const QuestionTotal = v.object({ questionId: identifier("question"), upvotes: v.number() });
export type QuestionTotal = v.InferOutput<typeof QuestionTotal>;
/** Answer of an upvote or its withdrawal, and data of `question:upvoted`, which the voter alone hears. */
export const Upvoted = v.object({ ...QuestionTotal.entries, upvoted: v.boolean() });
export type Upvoted = v.InferOutput<typeof Upvoted>;
