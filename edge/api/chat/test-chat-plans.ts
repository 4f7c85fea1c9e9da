/** People, messages and plans for the tests of what commands do to a chat. */
import type { CommitCommand } from "../../protocol/internal-rooms.ts";
import type { CommitPerson } from "../session-log/session-planner.ts";
import { testNow as now, planWith, testCommand, testPerson } from "../session-log/test-plan.ts";
import { type ChatEntry, type ChatFacts, noChatFacts } from "./chat-facts.ts";
import { chatFeature } from "./chat-feature.ts";

export const ada = () => testPerson("usr_ada");
export const bob = () => testPerson("usr_bob");
export const mod = () => testPerson("usr_mod", { globalRole: "moderator" });
export const everyone = () => [ada(), bob(), mod()];
export const say = (userId: string, text: string, more: { replyTo?: string; mentions?: string[] } = {}) =>
  testCommand(userId, "chat:send", { text, ...more });

export function plan(
  commands: CommitCommand[],
  more: Parameters<typeof planWith>[4] & { people?: CommitPerson[]; facts?: ChatFacts } = {},
) {
  const { people = everyone(), facts = noChatFacts(), ...rest } = more;
  return { ...planWith(chatFeature, facts, people, commands, rest), facts, people };
}
export function message(
  id: string,
  by: string,
  more: Partial<Omit<ChatEntry, "message">> = {},
  pinned = false,
): ChatEntry {
  const state = more.state ?? "visible";
  const user = { id: by, name: by.slice(4), role: "attendee" as const, avatarUrl: null };
  const at = new Date(now - 60_000).toISOString();
  return {
    message: {
      id,
      seq: 7,
      sessionId: "ses_a",
      user,
      text: "earlier",
      replyTo: null,
      mentions: [],
      pinned,
      held: state === "held",
      createdAt: at,
    },
    state,
    deleted: false,
    deletedBy: null,
    ...more,
  };
}
export function having(...entries: ChatEntry[]): ChatFacts {
  const facts = noChatFacts();
  for (const entry of entries) {
    facts.messages.set(entry.message.id, entry);
    if (entry.message.pinned) facts.pinned.add(entry.message.id);
  }
  return facts;
}
export const wrote = (userId: string, ...recent: { at: number; text?: string }[]): ChatFacts => {
  const facts = noChatFacts();
  facts.writings.set(userId, {
    recent: recent.map(({ at, text }) => ({ at, text: text ?? null })),
    hereAt: recent.find(({ text }) => text !== undefined)?.at ?? null,
  });
  return facts;
};
