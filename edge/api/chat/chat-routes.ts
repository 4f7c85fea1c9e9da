import { Hono } from "hono";
import * as v from "valibot";
import { ChatMessage, ChatMessageList, ChatSend, PinRequest } from "../../protocol/chat.ts";
import { identifier } from "../../protocol/identifier.ts";
import { listQueryEntries } from "../../protocol/list.ts";
import { requireUser } from "../authentication.ts";
import { sessionAccessOf } from "../authorisation/authorise.ts";
import { decodeSeqCursor, encodeCursor } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { commandSession } from "../session-log/command-session.ts";
import { validate } from "../validate.ts";
import { type HistoryPage, readHistory } from "./chat-queries.ts";

const tag = "Chat";
const SessionPath = v.object({ id: identifier("session") });
const MessagePath = v.object({ id: identifier("message") });
const Seq = v.optional(
  v.pipe(v.string(), v.regex(/^\d{1,15}$/, "is not a whole number"), v.transform(Number)),
);
const HistoryQuery = v.object({ ...listQueryEntries, before: Seq, after: Seq });
type HistoryQuery = v.InferOutput<typeof HistoryQuery>;
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

/** What people say, and take back. */
export function chatRoutes(deps: ApiDependencies) {
  return new Hono<ApiEnv>()
    .get(
      "/api/chat/session/:id",
      operation({
        id: "listChatMessages",
        summary: "Read the chat of a session",
        tag,
        description:
          "The newest page, oldest first; `nextCursor` leads to older ones. `before` and `after` are seqs: `before` reads older messages, `after` newer ones in order. Of your own you also get those that others do not see yet.",
        answers: { 200: { description: "A page of messages", schema: ChatMessageList } },
        problems: ["invalid"],
      }),
      validate("param", SessionPath),
      validate("query", HistoryQuery),
      async (c) => {
        const page = toPage(c.req.valid("query"));
        const { id: userId } = requireUser(c).user;
        // One more than asked for tells whether there is a next page.
        const found = await readHistory(deps.db, c.req.valid("param").id, userId, {
          ...page,
          limit: page.limit + 1,
        });
        const isForward = page.after !== null;
        const items = isForward ? found.slice(0, page.limit) : found.slice(-page.limit);
        const edge = found.length > page.limit ? (isForward ? items.at(-1) : items[0]) : undefined;
        const nextCursor = edge ? encodeCursor([isForward ? "after" : "before", String(edge.seq)]) : null;
        return c.json({ items, nextCursor } satisfies v.InferOutput<typeof ChatMessageList>);
      },
    )
    .post(
      "/api/chat/session/:id",
      operation({
        id: "sendChatMessage",
        summary: "Say something in a session's chat",
        tag,
        description:
          "Where a moderator decides first, the message says `held`. `mentions` are the people it speaks to; who does not take part in the event is left out.",
        answers: { 201: { description: "The message", schema: ChatMessage } },
        problems: [
          ...bodyProblems,
          "chat-disabled",
          "muted",
          "said-already",
          "words-refused",
          "too-many-requests",
        ],
      }),
      validate("param", SessionPath),
      validate("json", ChatSend),
      async (c) => {
        const { id } = c.req.valid("param");
        const ack = await commandSession(deps, c, id, "chat:send", c.req.valid("json"));
        return c.json(ack as ChatMessage, 201);
      },
    )
    .patch(
      "/api/chat/:id/pin",
      operation({
        id: "pinChatMessage",
        summary: "Pin a message, or take the pin away",
        tag,
        description: "Pinned messages are shown to everyone who joins; at most 50 in a session.",
        answers: { 200: { description: "The message", schema: ChatMessage } },
        problems: [...bodyProblems, "conflict"],
      }),
      validate("param", MessagePath),
      validate("json", PinRequest),
      async (c) => {
        const { sessionId } = sessionAccessOf(c);
        const data = { messageId: c.req.valid("param").id, ...c.req.valid("json") };
        return c.json((await commandSession(deps, c, sessionId, "chat:pin", data)) as ChatMessage);
      },
    )
    .delete(
      "/api/chat/:id",
      operation({
        id: "deleteChatMessage",
        summary: "Take a message away",
        tag,
        description: "One's own, or as staff. Without effect on one that is gone already.",
        answers: { 204: { description: "The message is gone" } },
      }),
      validate("param", MessagePath),
      async (c) => {
        const { sessionId } = sessionAccessOf(c);
        await commandSession(deps, c, sessionId, "chat:delete", { messageId: c.req.valid("param").id });
        return c.body(null, 204);
      },
    );
}

function toPage({ limit, cursor, before, after }: HistoryQuery): HistoryPage {
  const page = { before: before ?? null, after: after ?? null, limit };
  if (cursor === undefined) return page;
  const { towards, seq } = decodeSeqCursor(cursor);
  return { ...page, [towards]: seq };
}
