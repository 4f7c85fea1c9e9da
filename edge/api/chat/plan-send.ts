import type { ChatMessage } from "../../protocol/chat.ts";
import { isMember, isStaff, isTeam } from "../events/event-access.ts";
import { refuseMuted } from "../session-log/command-access.ts";
import {
  authorOf,
  type CommitContext,
  type CommitPerson,
  type Plan,
  type Refusal,
  refuse,
} from "../session-log/session-planner.ts";
import type { ChatEntry, ChatFacts } from "./chat-facts.ts";
import type { MessageState } from "./chat-message-rows.ts";
import { noteWriting, refuseHaste } from "./chat-pace.ts";
import { plainText } from "./plain-text.ts";
import { wordFilterOf } from "./word-filter.ts";

/** Says it to everyone; or to staff and its author, until a moderator decides; or, to a shadow-muted author, as if. */
export const planSend: Plan<"chat:send", ChatFacts> = (command, sender, facts, context) => {
  const { session, now } = context;
  const { text, replyTo = null, mentions = [] } = command.data;
  if (!session.chatEnabled) return refuse("chat-disabled");
  const isExempt = isStaff(sender);
  const refusal = (isExempt ? null : refuseMuted(sender, now)) ?? refuseReply(replyTo, sender, facts);
  if (refusal) return refusal;

  let state: MessageState = "visible";
  if (!isExempt) {
    const isBlocked = session.blockedWords.length > 0 && wordFilterOf(session)(plainText(text));
    if (isBlocked && session.blockedWordsAction === "refuse") return refuse("words-refused");
    const writing = facts.writings.get(sender.id) ?? { recent: [], hereAt: null };
    facts.writings.set(sender.id, writing);
    const haste = refuseHaste(writing, text, now, session);
    if (haste) return haste;
    noteWriting(writing, text, now);
    // Held first: a shadow-muted author is told the same as others would be.
    state = isBlocked || session.chatModerated ? "held" : sender.mute?.shadow ? "shadowed" : "visible";
  }

  const message: ChatMessage = {
    id: context.newId("message"),
    seq: context.nextSeq,
    sessionId: session.id,
    user: authorOf(sender),
    text,
    replyTo,
    mentions: mentioned(mentions, context),
    pinned: false,
    held: state === "held",
    createdAt: context.at,
  };
  const entry: ChatEntry = { message, state, deleted: false, deletedBy: null };
  facts.added.push(entry);
  facts.messages.set(message.id, entry);
  announce(message, state, context);
  return { ok: true, ack: message };
};

function announce(message: ChatMessage, state: MessageState, context: CommitContext): void {
  const { id: userId } = message.user;
  switch (state) {
    case "visible":
      context.emit({ type: "chat:message", audience: { kind: "all" }, data: message });
      return;
    case "held":
      context.emit({ type: "chat:held", audience: { kind: "staff", userId }, data: message });
      return;
    case "shadowed":
      context.emit({ type: "chat:message", audience: { kind: "user", userId }, data: message });
      context.emit({ type: "chat:shadowed", audience: { kind: "staff" }, data: message });
  }
}

/** One's own shadowed message is like any other to oneself. */
function refuseReply(replyTo: string | null, sender: CommitPerson, facts: ChatFacts): Refusal | null {
  if (replyTo === null) return null;
  const entry = facts.messages.get(replyTo);
  const own = entry?.state === "shadowed" && entry.message.user.id === sender.id;
  if (entry && !entry.deleted && (entry.state === "visible" || own)) return null;
  return refuse("invalid", {
    errors: [{ pointer: "/replyTo", detail: "is not a message of this session" }],
  });
}

/** Those who take part in the event, by the names they have now. */
function mentioned(userIds: readonly string[], context: CommitContext): ChatMessage["mentions"] {
  return [...new Set(userIds)].flatMap((userId) => {
    const person = context.person(userId);
    return person && (isMember(person) || isTeam(person)) ? { id: person.id, name: person.name } : [];
  });
}
