import { Hono } from "hono";
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import { listQueryEntries } from "../../protocol/list.ts";
import {
  CreatePollRequest,
  Poll,
  PollChange,
  PollList,
  PollStatus,
  VoteRequest,
} from "../../protocol/polls.ts";
import { Problem } from "../../protocol/problem.ts";
import { requireUser } from "../authentication.ts";
import { sessionAccessOf } from "../authorisation/authorise.ts";
import { decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { isTeam } from "../events/event-access.ts";
import { operation } from "../openapi.ts";
import type { ApiContext, ApiEnv } from "../request-context.ts";
import { commandSession } from "../session-log/command-session.ts";
import { validate } from "../validate.ts";
import { listPolls, type PollViewer, readPoll } from "./poll-queries.ts";

const tag = "Polls";
const SessionPath = v.object({ id: identifier("session") });
const PollPath = v.object({ id: identifier("poll") });
const ListQuery = v.object({ ...listQueryEntries, status: v.optional(PollStatus) });
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

/** Polls of a session. Every write is a command of its log, as over the socket. */
export function pollsRoutes(deps: ApiDependencies) {
  const { db } = deps;
  return new Hono<ApiEnv>()
    .get(
      "/api/polls/session/:id",
      operation({
        id: "listPolls",
        summary: "List a session's polls",
        tag,
        description:
          "Newest first, without the archived ones unless `status` asks for them. Drafts and archived ones are for staff and speakers. `votes` is null where results are hidden: until you have voted or the poll is closed.",
        answers: { 200: { description: "A page of polls", schema: PollList } },
        problems: ["invalid"],
      }),
      validate("param", SessionPath),
      validate("query", ListQuery),
      async (c) => {
        const { limit, cursor, status } = c.req.valid("query");
        const after = cursor === undefined ? null : decodeTimeCursor(cursor);
        const page = { after, limit: limit + 1, ...(status === undefined ? {} : { status }) };
        const found = await listPolls(db, c.req.valid("param").id, viewerOf(c), page);
        return c.json(pageOf(found, limit, (last) => [last.createdAt, last.id]));
      },
    )
    .post(
      "/api/polls",
      operation({
        id: "createPoll",
        summary: "Create a poll",
        tag,
        description:
          "Open at once, or a draft that its makers alone see. Past `closesAt` it is closed by itself. With `hideResults` the figures are kept from those who have not voted, until it is closed.",
        answers: { 201: { description: "The poll", schema: Poll } },
        problems: [...bodyProblems, "polls-disabled"],
      }),
      validate("json", CreatePollRequest),
      async (c) => {
        const { sessionId, ...data } = c.req.valid("json");
        return c.json(v.parse(Poll, await commandSession(deps, c, sessionId, "poll:create", data)), 201);
      },
    )
    .get(
      "/api/polls/:id",
      operation({
        id: "getPoll",
        summary: "Get a poll",
        tag,
        answers: { 200: { description: "The poll as you may see it", schema: Poll } },
      }),
      validate("param", PollPath),
      async (c) => c.json(await pollFor(c, c.req.valid("param").id)),
    )
    .patch(
      "/api/polls/:id",
      operation({
        id: "updatePoll",
        summary: "Open, close or archive a poll, or edit a draft",
        tag,
        description:
          "What is left out stays as it is. Moves of `status`: draft → open or archived; open → closed or archived; closed → open or archived; archived → closed. Question and options change in a draft only. Opened again after its time, it stays open until it is closed, unless a new `closesAt` is given.",
        answers: { 200: { description: "The poll", schema: Poll } },
        problems: [...bodyProblems, "illegal-move", "conflict", "polls-disabled"],
      }),
      validate("param", PollPath),
      validate("json", PollChange),
      async (c) => {
        const { id: pollId } = c.req.valid("param");
        const { sessionId } = sessionAccessOf(c);
        const data = { pollId, ...c.req.valid("json") };
        return c.json(v.parse(Poll, await commandSession(deps, c, sessionId, "poll:change", data)));
      },
    )
    .post(
      "/api/polls/:id/vote",
      operation({
        id: "votePoll",
        summary: "Vote in a poll",
        tag,
        description: "One vote a person; another one takes its place while the poll is open.",
        answers: { 200: { description: "The poll with your vote", schema: Poll } },
        problems: [...bodyProblems, "poll-not-open", "polls-disabled"],
      }),
      validate("param", PollPath),
      validate("json", VoteRequest),
      async (c) => {
        const { id: pollId } = c.req.valid("param");
        const { sessionId } = sessionAccessOf(c);
        const { optionIds } = c.req.valid("json");
        await commandSession(deps, c, sessionId, "poll:vote", { pollId, optionIds });
        return c.json(await pollFor(c, pollId));
      },
    );

  async function pollFor(c: ApiContext, id: string): Promise<Poll> {
    const poll = await readPoll(db, id, viewerOf(c));
    if (poll === null) throw new Problem("not-found");
    return poll;
  }
}

function viewerOf(c: ApiContext): PollViewer {
  return { userId: requireUser(c).user.id, team: isTeam(sessionAccessOf(c).standing) };
}
