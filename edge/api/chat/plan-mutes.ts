/** Who may not write for a while. */
import type { Mute } from "../../protocol/chat.ts";
import { isStaff } from "../events/event-access.ts";
import {
  type CommandOf,
  type CommitContext,
  type CommitPerson,
  type Outcome,
  type Plan,
  refuse,
} from "../session-log/session-planner.ts";
import type { ChatFacts } from "./chat-facts.ts";

/** From now on for so long, in place of a mute there is. A shadow mute is told to staff alone. */
export const planMute: Plan<"chat:mute", ChatFacts> = (command, sender, facts, context) => {
  const { userId, seconds, shadow } = command.data;
  const person = context.person(userId);
  if (!person) return refuse("invalid", { errors: [{ pointer: "/userId", detail: "is not a user" }] });
  if (isStaff(person)) return refuse("conflict", { detail: "Staff cannot be muted." });
  const until = context.now + seconds * 1000;
  // Whoever knew of being muted must not learn from a silence that there is another kind.
  if (shadow && person.mute && !person.mute.shadow) sayUnmuted(person, context);
  person.mute = { until, shadow };
  facts.mutes.set(userId, { until, shadow, mutedBy: sender.id });
  const mute: Mute = { userId, name: person.name, until: new Date(until).toISOString(), shadow };
  context.emit({
    type: "chat:muted",
    audience: shadow ? { kind: "staff" } : { kind: "staff", userId },
    data: mute,
  });
  auditPerson("user.muted", userId, { seconds, shadow }, context);
  return { ok: true, ack: mute };
};

/** Without effect for who is not muted. */
export function planUnmute(
  command: CommandOf<"chat:unmute">,
  facts: ChatFacts,
  context: CommitContext,
): Outcome {
  const { userId } = command.data;
  const person = context.person(userId);
  if (!person) return refuse("not-found");
  const { mute } = person;
  const told: Mute = { userId, name: person.name, until: null, shadow: mute?.shadow ?? false };
  if (mute) {
    person.mute = null;
    facts.mutes.set(userId, null);
    context.emit({
      type: "chat:muted",
      audience: mute.shadow ? { kind: "staff" } : { kind: "staff", userId },
      data: told,
    });
    auditPerson("user.unmuted", userId, {}, context);
  }
  return { ok: true, ack: told };
}

function sayUnmuted({ id: userId, name }: CommitPerson, context: CommitContext): void {
  const mute: Mute = { userId, name, until: null, shadow: false };
  context.emit({ type: "chat:muted", audience: { kind: "user", userId }, data: mute });
}

function auditPerson(
  action: `user.${string}`,
  userId: string,
  detail: Record<string, number | boolean>,
  { session, audit }: CommitContext,
): void {
  audit({
    action,
    subject: { kind: "user", id: userId },
    eventId: session.eventId,
    detail: { sessionId: session.id, ...detail },
  });
}
