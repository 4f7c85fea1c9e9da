import type { Answer } from "./session-client.ts";

export type Participation =
  | { kind: "chat"; text: string }
  | { kind: "question"; text: string }
  | { kind: "vote"; pollId: string; optionIds: string[] }
  | { kind: "upvote"; questionId: string; upvoted: boolean };

export interface Moderation {
  kind: "moderation";
  messageId: string;
  act: "pin" | "delete" | "approve" | "refuse";
}

/** One thing a person did, and what it was answered; null: never, so nothing is known of it. */
export interface Deed {
  userId: string;
  via: "socket" | "http";
  what: Participation | Moderation;
  answer: Answer | null;
  /** How long the answer took, all tries together. */
  seconds?: number;
}
