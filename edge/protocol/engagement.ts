/** What is said in a session without becoming an event of its log: reactions, typing, how watching goes. */
import * as v from "valibot";
import { ChatMessage } from "./chat.ts";
import { Instant, identifier } from "./identifier.ts";
import { Poll } from "./polls.ts";
import { Question } from "./questions.ts";
import { countGraphemes } from "./spoken-text.ts";

/** One emoji, as people count: a flag or a family is one. */
export const Emoji = v.pipe(
  v.string(),
  v.maxLength(32),
  v.regex(/^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{Regional_Indicator}{2})/u, "is not an emoji"),
  v.check((text) => countGraphemes(text, 1) === 1, "is not one emoji"),
);

/** Data of `watch:state`: said on each change and every 15 s while playing. */
export const watchEntries = {
  playing: v.boolean(),
  latencySeconds: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(86_400))),
  /** Since the last time it was said. */
  stalls: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000))),
};

/** What everyone may see of a session, as of one seq. */
export const SessionSnapshot = v.object({
  /** The newest 50, oldest first. */
  messages: v.array(ChatMessage),
  pinned: v.array(ChatMessage),
  /** Open ones, and those closed last; newest first. */
  polls: v.array(Poll),
  /** The 50 with the most upvotes, pinned ones first. */
  questions: v.array(Question),
});
export type SessionSnapshot = v.InferOutput<typeof SessionSnapshot>;

/** What is this user's own in a session. Empty for anonymous viewers. */
export const Mine = v.object({
  /** Option ids by poll. */
  votes: v.record(v.string(), v.array(v.string())),
  upvotes: v.array(v.string()),
  /** Ids of this user's own questions, anonymous ones too. */
  asked: v.optional(v.array(v.string()), []),
  /** Own questions that wait for a moderator. */
  questions: v.optional(v.array(Question), []),
  /** Own messages that others do not see: held ones say so. */
  messages: v.optional(v.array(ChatMessage), []),
  mutedUntil: v.optional(v.nullable(Instant), null),
});
export type Mine = v.InferOutput<typeof Mine>;

/** Data of `chat:typing`: the first few names, and how many they are. */
export const TypingData = v.object({ users: v.array(v.string()), count: v.number() });
/** Data of `reaction:burst`: how often each was sent in the last second. */
export const ReactionBurst = v.object({ reactions: v.record(v.string(), v.number()) });

/** GET /api/sessions/:id/viewers */
export const SessionViewers = v.object({
  /** Sockets and players alike, each viewer once. */
  count: v.number(),
  peak: v.number(),
  /** Viewers who have not signed in. */
  anonymous: v.number(),
  anonymousDevices: v.pipe(
    v.array(v.object({ device: v.string(), viewers: v.number() })),
    v.description(
      "Of those whose player says so: how many watch on which kind of device. Who watches on two kinds counts in both.",
    ),
  ),
  items: v.array(
    v.object({
      id: identifier("user"),
      name: v.string(),
      role: v.string(),
      avatarUrl: v.nullable(v.string()),
      connections: v.pipe(v.number(), v.description("Their sockets in the session: one a tab.")),
      devices: v.pipe(
        v.array(v.object({ device: v.string(), browser: v.string(), players: v.number() })),
        v.description("What their open players run on."),
      ),
    }),
  ),
});
export type SessionViewers = v.InferOutput<typeof SessionViewers>;

/** GET /api/sessions/:id/replay: the log as everyone may see it, by the time of the pictures it was said to. */
export const ReplayItem = v.object({
  seq: v.number(),
  type: v.string(),
  /** On the clock of `EXT-X-PROGRAM-DATE-TIME`. */
  at: Instant,
  /** Seconds after the broadcast's first picture; null without a broadcast. */
  mediaSeconds: v.nullable(v.number()),
  data: v.unknown(),
});
export type ReplayItem = v.InferOutput<typeof ReplayItem>;
