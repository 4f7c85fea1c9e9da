import { Hono } from "hono";
import * as v from "valibot";
import {
  ChatMessage,
  ChatMessageList,
  ClearRequest,
  Mute,
  MuteList,
  MuteRequest,
  ReviewRequest,
} from "../../protocol/chat.ts";
import { identifier } from "../../protocol/identifier.ts";
import { listQueryEntries } from "../../protocol/list.ts";
import { sessionAccessOf } from "../authorisation/authorise.ts";
import { readMutes, readUnseen } from "../chat/chat-queries.ts";
import { decodePositionCursor, decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { commandSession } from "../session-log/command-session.ts";
import { validate } from "../validate.ts";

const tag = "Moderation";
const SessionPath = v.object({ id: identifier("session") });
const MessagePath = v.object({ id: identifier("message") });
const PersonPath = v.object({ id: identifier("session"), userId: identifier("user") });
const ListQuery = v.object(listQueryEntries);
const HeldQuery = v.object({
  ...listQueryEntries,
  state: v.optional(v.picklist(["held", "shadowed"]), "held"),
});
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

/** What staff do with what is said, and with who says it. Each act is an event of the session's log, and audited. */
export function moderationRoutes(deps: ApiDependencies) {
  const { db } = deps;
  return new Hono<ApiEnv>()
    .get(
      "/api/chat/session/:id/held",
      operation({
        id: "listHeldMessages",
        summary: "List the messages that wait for a moderator",
        tag,
        description:
          "Oldest first. `state=shadowed` lists instead what people wrote who are muted without knowing it.",
        answers: { 200: { description: "A page of messages", schema: ChatMessageList } },
        problems: ["invalid"],
      }),
      validate("param", SessionPath),
      validate("query", HeldQuery),
      async (c) => {
        const { limit, cursor, state } = c.req.valid("query");
        const after = cursor === undefined ? 0 : decodePositionCursor(cursor);
        const found = await readUnseen(db, c.req.valid("param").id, state, { after, limit: limit + 1 });
        return c.json(
          pageOf(found, limit, (last) => [String(last.seq)]) satisfies v.InferOutput<typeof ChatMessageList>,
        );
      },
    )
    .patch(
      "/api/chat/:id/review",
      operation({
        id: "reviewChatMessage",
        summary: "Let a held message through, or refuse it",
        tag,
        description: "Approved, everyone sees it from now on, at its new place in the log.",
        answers: {
          200: { description: "The message, which everyone sees now", schema: ChatMessage },
          204: { description: "The message is gone" },
        },
        problems: [...bodyProblems, "conflict"],
      }),
      validate("param", MessagePath),
      validate("json", ReviewRequest),
      async (c) => {
        const { sessionId } = sessionAccessOf(c);
        const { approve } = c.req.valid("json");
        const data = { messageId: c.req.valid("param").id, approve };
        const ack = await commandSession(deps, c, sessionId, "chat:review", data);
        return approve ? c.json(ack as ChatMessage) : c.body(null, 204);
      },
    )
    .post(
      "/api/chat/session/:id/clear",
      operation({
        id: "clearChat",
        summary: "Take all messages away, or all of one person's",
        tag,
        answers: { 204: { description: "What was said so far is gone" } },
        problems: bodyProblems.slice(),
      }),
      validate("param", SessionPath),
      validate("json", ClearRequest, { mayBeAbsent: true }),
      async (c) => {
        const { userId = null } = c.req.valid("json");
        await commandSession(deps, c, c.req.valid("param").id, "chat:clear", { userId });
        return c.body(null, 204);
      },
    )
    .get(
      "/api/chat/session/:id/mutes",
      operation({
        id: "listMutes",
        summary: "List who is muted in a session",
        tag,
        answers: { 200: { description: "A page of mutes that are not over", schema: MuteList } },
        problems: ["invalid"],
      }),
      validate("param", SessionPath),
      validate("query", ListQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid("query");
        const after = cursor === undefined ? null : decodeTimeCursor(cursor);
        const found = await readMutes(db, c.req.valid("param").id, { after, limit: limit + 1 });
        const { items: rows, nextCursor } = pageOf(found, limit, (last) => [
          last.createdAt,
          last.mute.userId,
        ]);
        return c.json({
          items: rows.map(({ mute }) => mute),
          nextCursor,
        } satisfies v.InferOutput<typeof MuteList>);
      },
    )
    .post(
      "/api/chat/session/:id/mutes",
      operation({
        id: "muteUser",
        summary: "Mute someone for a while",
        tag,
        description:
          "From now on, in place of a mute there is. They can neither write nor ask in this session; with `shadow` they are not told, and only they and staff see what they write. Staff cannot be muted.",
        answers: { 201: { description: "The mute", schema: Mute } },
        problems: [...bodyProblems, "conflict"],
      }),
      validate("param", SessionPath),
      validate("json", MuteRequest),
      async (c) => {
        const { id } = c.req.valid("param");
        const ack = await commandSession(deps, c, id, "chat:mute", c.req.valid("json"));
        return c.json(ack as Mute, 201);
      },
    )
    .delete(
      "/api/chat/session/:id/mutes/:userId",
      operation({
        id: "unmuteUser",
        summary: "Let someone write again",
        tag,
        description: "Without effect for who is not muted.",
        answers: { 204: { description: "Nobody is muted there" } },
      }),
      validate("param", PersonPath),
      async (c) => {
        const { id, userId } = c.req.valid("param");
        await commandSession(deps, c, id, "chat:unmute", { userId });
        return c.body(null, 204);
      },
    );
}
