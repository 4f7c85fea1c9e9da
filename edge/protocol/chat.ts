import * as v from "valibot";
import { Role } from "./accounts.ts";
import { Instant, identifier } from "./identifier.ts";
import { listOf } from "./list.ts";
import { spokenText } from "./spoken-text.ts";

export const ChatText = spokenText(500);

export const ChatAuthor = v.object({
  id: identifier("user"),
  name: v.string(),
  role: Role,
  avatarUrl: v.nullable(v.string()),
});
export type ChatAuthor = v.InferOutput<typeof ChatAuthor>;

export const ChatMessage = v.pipe(
  v.object({
    id: identifier("message"),
    seq: v.number(),
    sessionId: identifier("session"),
    user: ChatAuthor,
    text: v.string(),
    replyTo: v.nullable(identifier("message")),
    /** Whom it speaks to, by the names they had; the text says so with `@name`. */
    mentions: v.optional(v.array(v.object({ id: identifier("user"), name: v.string() })), []),
    pinned: v.boolean(),
    /** Waits for a moderator; seen by staff and its author alone. */
    held: v.optional(v.boolean(), false),
    createdAt: Instant,
  }),
  v.metadata({ ref: "ChatMessage" }),
);
export type ChatMessage = v.InferOutput<typeof ChatMessage>;
export const ChatMessageList = listOf(ChatMessage);

export const mostMentions = 10;
const chatEntries = {
  text: ChatText,
  replyTo: v.optional(v.nullable(identifier("message"))),
  mentions: v.optional(v.pipe(v.array(identifier("user")), v.maxLength(mostMentions))),
};
/** Body of POST /api/chat/session/:id, and data of `chat:send` beside the session's id. */
export const ChatSend = v.object(chatEntries);
export type ChatSend = v.InferOutput<typeof ChatSend>;
export { chatEntries };

export const PinRequest = v.object({ pinned: v.boolean() });
/** Of a held message: `approve` lets everyone see it, else it is gone. */
export const ReviewRequest = v.object({ approve: v.boolean() });
export const ClearRequest = v.object({ userId: v.optional(v.nullable(identifier("user"))) });

/** `shadow`: the muted one is not told, and is alone in seeing what they write. */
export const MuteRequest = v.object({
  userId: identifier("user"),
  seconds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(366 * 24 * 3600)),
  shadow: v.optional(v.boolean(), false),
});
export const Mute = v.pipe(
  v.object({
    userId: identifier("user"),
    name: v.string(),
    /** Null in an event: not muted any more. */
    until: v.nullable(Instant),
    shadow: v.boolean(),
  }),
  v.metadata({ ref: "Mute" }),
);
export type Mute = v.InferOutput<typeof Mute>;
export const MuteList = listOf(Mute);

const BlockedWord = v.pipe(
  v.string(),
  v.maxLength(200),
  v.trim(),
  v.minLength(1),
  v.maxLength(100),
  v.check((word) => word.isWellFormed() && !/\p{Cc}/u.test(word), "has characters that cannot be kept"),
);
const moderationEntries = {
  chatEnabled: v.boolean(),
  /** Every message waits for a moderator. */
  chatModerated: v.boolean(),
  slowModeSeconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3600)),
  /** Whole words, in any case and with or without accents; `*` stands for any letters. */
  blockedWords: v.pipe(v.array(BlockedWord), v.maxLength(500)),
  blockedWordsAction: v.picklist(["hold", "refuse"]),
  /** The same text again by the same person within this time is refused; 0 allows it. */
  duplicateSeconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3600)),
  questionsEnabled: v.boolean(),
  questionsModerated: v.boolean(),
  pollsEnabled: v.boolean(),
  /** Staff may see who asks anonymously. */
  askersVisibleToStaff: v.boolean(),
};
/** How a session is moderated; staff see and change it. */
export const Moderation = v.pipe(
  v.object({ sessionId: identifier("session"), ...moderationEntries }),
  v.metadata({ ref: "Moderation" }),
);
export type Moderation = v.InferOutput<typeof Moderation>;
export const ModerationChange = v.partial(v.object(moderationEntries));
export type ModerationChange = v.InferOutput<typeof ModerationChange>;
