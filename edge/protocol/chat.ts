import * as v from "valibot";
import { Role } from "./accounts.ts";
import { Instant, identifier } from "./identifier.ts";

const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Counted as people count: a family emoji is one (UAX #29). Stops counting above `limit`. */
export function countGraphemes(text: string, limit: number): number {
  let count = 0;
  for (const _ of segmenter.segment(text)) if (++count > limit) break;
  return count;
}

/** 1 to 500 grapheme clusters; at most 8,000 UTF-16 units, so that one cluster cannot be a book. */
export const ChatText = v.pipe(
  v.string(),
  v.maxLength(8000),
  v.trim(),
  v.minLength(1),
  v.check(
    (text) => text.isWellFormed() && !/[^\P{Cc}\n\t]/u.test(text),
    "has characters that cannot be kept",
  ),
  // A cluster is one unit at least, so most texts need no segmenting, which costs more than all else here.
  v.check((text) => text.length <= 500 || countGraphemes(text, 500) <= 500, "is longer than 500 characters"),
);

export const ChatAuthor = v.object({
  id: identifier("user"),
  name: v.string(),
  role: Role,
  avatarUrl: v.nullable(v.string()),
});

export const ChatMessage = v.pipe(
  v.object({
    id: identifier("message"),
    seq: v.number(),
    sessionId: identifier("session"),
    user: ChatAuthor,
    text: v.string(),
    replyTo: v.nullable(identifier("message")),
    pinned: v.boolean(),
    createdAt: Instant,
  }),
  v.metadata({ ref: "ChatMessage" }),
);
export type ChatMessage = v.InferOutput<typeof ChatMessage>;
