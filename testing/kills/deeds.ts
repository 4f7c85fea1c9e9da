import type { Answer } from "./session-client.ts";

/** One thing a person did, and what it was answered; null: never, so nothing is known of it. */
export interface Deed {
  userId: string;
  via: "socket" | "http";
  what:
    | { kind: "chat"; text: string }
    | { kind: "question"; text: string }
    | { kind: "vote"; pollId: string; optionIds: string[] }
    | { kind: "upvote"; questionId: string; upvoted: boolean };
  answer: Answer | null;
}
