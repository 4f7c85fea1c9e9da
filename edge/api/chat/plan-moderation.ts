/** What staff do with messages, and authors with their own. */

import type { Audience } from "../../protocol/internal-rooms.ts";
import { isStaff } from "../events/event-access.ts";
import {
  type CommandOf,
  type CommitContext,
  type Outcome,
  type Plan,
  refuse,
} from "../session-log/session-planner.ts";
import type { ChatEntry, ChatFacts } from "./chat-facts.ts";

/** Every late joiner gets all of them. */
const mostPins = 50;

/** Of one's own, or by staff. Twice is once. */
export const planDelete: Plan<"chat:delete", ChatFacts> = (command, sender, facts, context) => {
  const entry = facts.messages.get(command.data.messageId);
  const staff = isStaff(sender);
  const own = entry?.message.user.id === sender.id;
  if (!entry || !(staff || own || isOpen(entry))) return refuse("not-found");
  if (!staff && !own) return refuse("forbidden");
  const { id } = entry.message;
  if (entry.deleted) return { ok: true, ack: { messageId: id } };
  takeAway(entry, sender.id, facts);
  context.emit({ type: "chat:deleted", audience: audienceOf(entry), data: { messageId: id } });
  if (!own) auditMessage("message.deleted", entry, context);
  return { ok: true, ack: { messageId: id } };
};

/** Only what everyone sees. */
export function planPin(command: CommandOf<"chat:pin">, facts: ChatFacts, context: CommitContext): Outcome {
  const { messageId, pinned } = command.data;
  const entry = facts.messages.get(messageId);
  if (!entry || entry.deleted) return refuse("not-found");
  const { message } = entry;
  if (entry.state !== "visible") {
    return refuse("conflict", { detail: "Others do not see this message." });
  }
  if (message.pinned !== pinned) {
    if (pinned && facts.pinned.size >= mostPins) {
      return refuse("conflict", { detail: `At most ${mostPins} messages are pinned in a session.` });
    }
    if (pinned) facts.pinned.add(messageId);
    else facts.pinned.delete(messageId);
    entry.message = { ...message, pinned };
    noteChange(entry, facts);
    context.emit({
      type: "chat:pinned",
      audience: { kind: "all" },
      data: { messageId, pinned, message: entry.message },
    });
    auditMessage(pinned ? "message.pinned" : "message.unpinned", entry, context);
  }
  return { ok: true, ack: entry.message };
}

/** Approved, a held message takes its place in the log now, under the id it had. */
export const planReview: Plan<"chat:review", ChatFacts> = (command, sender, facts, context) => {
  const { messageId, approve } = command.data;
  const entry = facts.messages.get(messageId);
  if (!entry) return refuse("not-found");
  // What another moderator has decided in the same way a moment ago.
  if (!approve && entry.deleted) return { ok: true, ack: { messageId } };
  if (entry.deleted) return refuse("not-found");
  if (approve && entry.state === "visible") return { ok: true, ack: entry.message };
  if (entry.state !== "held") return refuse("conflict", { detail: "This message is not held." });

  if (!approve) {
    takeAway(entry, sender.id, facts);
    context.emit({ type: "chat:deleted", audience: audienceOf(entry), data: { messageId } });
    auditMessage("message.refused", entry, context);
    return { ok: true, ack: { messageId } };
  }
  entry.state = "visible";
  entry.message = { ...entry.message, held: false, seq: context.nextSeq };
  noteChange(entry, facts);
  context.emit({ type: "chat:message", audience: { kind: "all" }, data: entry.message });
  auditMessage("message.approved", entry, context);
  return { ok: true, ack: entry.message };
};

/** All messages so far, or all of one person's: one event, however many they are. */
export const planClear: Plan<"chat:clear", ChatFacts> = (command, sender, facts, context) => {
  const { userId } = command.data;
  if (userId !== null && !context.person(userId)) return refuse("not-found");
  for (const entry of facts.messages.values()) {
    const isMeant = userId === null || entry.message.user.id === userId;
    if (isMeant && !entry.deleted) takeAway(entry, sender.id, facts);
  }
  if (userId === null) facts.cleared.all = sender.id;
  else facts.cleared.users.set(userId, sender.id);
  context.emit({ type: "chat:cleared", audience: { kind: "all" }, data: { userId } });
  context.audit({
    action: "chat.cleared",
    subject: { kind: "session", id: context.session.id },
    eventId: context.session.eventId,
    detail: { userId },
  });
  return { ok: true, ack: { userId } };
};

function isOpen(entry: ChatEntry): boolean {
  return entry.state === "visible" && !entry.deleted;
}

/** Who has seen the message. */
function audienceOf({ state, message }: ChatEntry): Audience {
  return state === "visible" ? { kind: "all" } : { kind: "staff", userId: message.user.id };
}

function takeAway(entry: ChatEntry, by: string, facts: ChatFacts): void {
  entry.deleted = true;
  entry.deletedBy = by;
  entry.message = { ...entry.message, pinned: false };
  facts.pinned.delete(entry.message.id);
  noteChange(entry, facts);
}

function noteChange(entry: ChatEntry, facts: ChatFacts): void {
  // What the batch itself adds is written as it is in the end.
  if (!facts.added.includes(entry)) facts.changed.add(entry);
}

function auditMessage(action: `message.${string}`, { message }: ChatEntry, context: CommitContext): void {
  const { id: sessionId, eventId } = context.session;
  context.audit({
    action,
    subject: { kind: "message", id: message.id },
    eventId,
    detail: { sessionId, userId: message.user.id },
  });
}
