import { Hono } from "hono";
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import { listQueryEntries } from "../../protocol/list.ts";
import {
  AskRequest,
  Question,
  QuestionChange,
  QuestionFromMessageRequest,
  QuestionList,
  QuestionStatus,
  Upvoted,
} from "../../protocol/questions.ts";
import { requireUser } from "../authentication.ts";
import { sessionAccessOf } from "../authorisation/authorise.ts";
import { cursorValues, decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { isStaff, isTeam } from "../events/event-access.ts";
import { operation } from "../openapi.ts";
import type { ApiContext, ApiEnv } from "../request-context.ts";
import { commandSession } from "../session-log/command-session.ts";
import { validate } from "../validate.ts";
import { rankPlace, rankValues } from "./question-cursor.ts";
import { listNewQuestions, listTopQuestions, type QuestionViewer } from "./question-queries.ts";

const tag = "Questions";
const SessionPath = v.object({ id: identifier("session") });
const QuestionPath = v.object({ id: identifier("question") });
const ListQuery = v.object({
  ...listQueryEntries,
  sort: v.optional(v.picklist(["top", "new"]), "top"),
  status: v.optional(QuestionStatus),
});
type ListQuery = v.InferOutput<typeof ListQuery>;
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

/** Questions of a session. Every write is a command of its log, as over the socket. */
export function questionsRoutes(deps: ApiDependencies) {
  const { db } = deps;
  return new Hono<ApiEnv>()
    .get(
      "/api/questions/session/:id",
      operation({
        id: "listQuestions",
        summary: "List a session's questions",
        tag,
        description:
          "`sort=top` (unless said): pinned ones first, then by upvotes, then the newest; later pages follow the order of the first, whatever is voted meanwhile. `sort=new`: the newest first. Without `status` those that everyone sees; `pending` and `archived` ones are for staff and speakers, and for who asked them. `asker` is there for staff where the session lets them see who asks anonymously, and did so when it was asked.",
        answers: { 200: { description: "A page of questions", schema: QuestionList } },
        problems: ["invalid"],
      }),
      validate("param", SessionPath),
      validate("query", ListQuery),
      async (c) => {
        const query = c.req.valid("query");
        const read = query.sort === "top" ? topPage : newPage;
        return c.json(await read(c.req.valid("param").id, viewerOf(c), query));
      },
    )
    .post(
      "/api/questions/session/:id",
      operation({
        id: "askQuestion",
        summary: "Ask a question",
        tag,
        description:
          "At most 500 characters. `anonymous`: nobody is told who asks, unless the session lets staff see it. Where questions are moderated it is `pending` until it is let through. Five in a minute; staff and speakers are exempt.",
        answers: { 201: { description: "The question", schema: Question } },
        problems: [...bodyProblems, "questions-disabled", "muted", "words-refused", "too-many-requests"],
      }),
      validate("param", SessionPath),
      validate("json", AskRequest),
      async (c) => {
        const { id } = c.req.valid("param");
        return c.json(
          v.parse(Question, await commandSession(deps, c, id, "question:ask", c.req.valid("json"))),
          201,
        );
      },
    )
    .post(
      "/api/questions/session/:id/from-message",
      operation({
        id: "questionFromMessage",
        summary: "Make a chat message a question",
        tag,
        description: "By its author, for everyone to see. The same message again is the same question.",
        answers: { 201: { description: "The question", schema: Question } },
        problems: [...bodyProblems, "questions-disabled"],
      }),
      validate("param", SessionPath),
      validate("json", QuestionFromMessageRequest),
      async (c) => {
        const { id } = c.req.valid("param");
        const ack = await commandSession(deps, c, id, "question:from-message", c.req.valid("json"));
        return c.json(v.parse(Question, ack), 201);
      },
    )
    .post(
      "/api/questions/:id/upvote",
      operation({
        id: "upvoteQuestion",
        summary: "Upvote a question",
        tag,
        description: "Once a person; again is without effect.",
        answers: { 200: { description: "How many have", schema: Upvoted } },
        problems: ["conflict", "questions-disabled"],
      }),
      validate("param", QuestionPath),
      async (c) => c.json(await turnUpvote(c, "question:upvote", c.req.valid("param").id)),
    )
    .delete(
      "/api/questions/:id/upvote",
      operation({
        id: "removeUpvote",
        summary: "Take an upvote back",
        tag,
        description: "Without effect where there is none.",
        answers: { 200: { description: "How many have", schema: Upvoted } },
        problems: ["conflict", "questions-disabled"],
      }),
      validate("param", QuestionPath),
      async (c) => c.json(await turnUpvote(c, "question:unvote", c.req.valid("param").id)),
    )
    .patch(
      "/api/questions/:id",
      operation({
        id: "updateQuestion",
        summary: "Decide about a question, or answer it",
        tag,
        description:
          "What is left out stays as it is. An `answer` makes it answered unless `status` says otherwise. `answering`: it is being answered on stage now; the one before it is no longer. What is not shown is neither pinned nor being answered.",
        answers: { 200: { description: "The question", schema: Question } },
        problems: [...bodyProblems, "conflict"],
      }),
      validate("param", QuestionPath),
      validate("json", QuestionChange),
      async (c) => {
        const { sessionId } = sessionAccessOf(c);
        const data = { questionId: c.req.valid("param").id, ...c.req.valid("json") };
        return c.json(v.parse(Question, await commandSession(deps, c, sessionId, "question:change", data)));
      },
    );

  async function turnUpvote(
    c: ApiContext,
    type: "question:upvote" | "question:unvote",
    questionId: string,
  ): Promise<Upvoted> {
    const { sessionId } = sessionAccessOf(c);
    return v.parse(Upvoted, await commandSession(deps, c, sessionId, type, { questionId }));
  }

  async function topPage(sessionId: string, viewer: QuestionViewer, { cursor, limit, status }: ListQuery) {
    const after = cursor === undefined ? null : rankPlace(cursorValues(cursor));
    const page = { after, limit: limit + 1, ...(status === undefined ? {} : { status }) };
    const found = await listTopQuestions(db, sessionId, viewer, page);
    const { items, nextCursor } = pageOf(found, limit, (last) => rankValues(last.place));
    return {
      items: items.map(({ question }) => question),
      nextCursor,
    };
  }

  async function newPage(sessionId: string, viewer: QuestionViewer, { cursor, limit, status }: ListQuery) {
    const after = cursor === undefined ? null : decodeTimeCursor(cursor);
    const page = { after, limit: limit + 1, ...(status === undefined ? {} : { status }) };
    const found = await listNewQuestions(db, sessionId, viewer, page);
    return pageOf(found, limit, (last) => [last.createdAt, last.id]);
  }
}

function viewerOf(c: ApiContext): QuestionViewer {
  const { standing } = sessionAccessOf(c);
  return { userId: requireUser(c).user.id, team: isTeam(standing), staff: isStaff(standing) };
}
