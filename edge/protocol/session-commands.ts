/** Commands of one session: what people and the API ask, in the words in which the session's room commits them. */
import * as v from "valibot";
import { chatEntries, MuteRequest, PinRequest, ReviewRequest } from "./chat.ts";
import { identifier } from "./identifier.ts";
import { pollChangeEntries, pollEntries, voteEntries } from "./polls.ts";
import { questionChangeEntries, questionEntries } from "./questions.ts";

const message = { messageId: identifier("message") };
const question = { questionId: identifier("question") };
const poll = { pollId: identifier("poll") };

function command<const T extends string, E extends v.ObjectEntries>(type: T, entries: E) {
  return v.object({ type: v.literal(type), data: v.object(entries) });
}

/** All but `:send`, `:ask`, `:vote`, `:upvote` and `:unvote` come by HTTP alone. */
export const SessionCommand = v.variant("type", [
  command("chat:send", chatEntries),
  command("chat:delete", message),
  command("chat:pin", { ...message, ...PinRequest.entries }),
  command("chat:review", { ...message, ...ReviewRequest.entries }),
  /** All of the session's messages, or all of one person's. */
  command("chat:clear", { userId: v.nullable(identifier("user")) }),
  command("chat:mute", MuteRequest.entries),
  command("chat:unmute", { userId: identifier("user") }),
  command("question:ask", questionEntries),
  command("question:from-message", message),
  command("question:upvote", question),
  command("question:unvote", question),
  command("question:change", { ...question, ...questionChangeEntries }),
  command("poll:create", pollEntries),
  command("poll:change", { ...poll, ...pollChangeEntries }),
  command("poll:vote", { ...poll, ...voteEntries }),
]);
export type SessionCommand = v.InferOutput<typeof SessionCommand>;
export type SessionCommandOf<T extends SessionCommand["type"]> = Extract<SessionCommand, { type: T }>;
