import * as v from "valibot";
import { Instant, identifier } from "./identifier.ts";
import { listOf } from "./list.ts";
import { spokenText } from "./spoken-text.ts";

export const PollStatus = v.picklist(["draft", "open", "closed", "archived"]);
export type PollStatus = v.InferOutput<typeof PollStatus>;

export const PollOption = v.object({
  id: identifier("pollOption"),
  text: v.string(),
  /** Null while the results are hidden from whoever asks. */
  votes: v.nullable(v.number()),
});

export const Poll = v.pipe(
  v.object({
    id: identifier("poll"),
    sessionId: identifier("session"),
    question: v.string(),
    options: v.array(PollOption),
    /** A poll past `closesAt` is closed, whoever asks and whenever that is written down. */
    status: PollStatus,
    multiple: v.boolean(),
    /** Results are hidden until one has voted or the poll is closed; who makes polls sees them always. */
    hideResults: v.boolean(),
    /** People, not ticks. */
    totalVotes: v.number(),
    /** Of whoever asks; null without a vote, and in events, which everyone hears. */
    myVote: v.nullable(v.array(identifier("pollOption"))),
    closesAt: v.nullable(Instant),
    createdAt: Instant,
  }),
  v.metadata({ ref: "Poll" }),
);
export type Poll = v.InferOutput<typeof Poll>;
export const PollList = listOf(Poll);

const OptionTexts = v.pipe(
  v.array(spokenText(200)),
  v.minLength(2),
  v.maxLength(20),
  v.check((texts) => new Set(texts).size === texts.length, "names an option twice"),
);
const createEntries = {
  question: spokenText(300),
  options: OptionTexts,
  multiple: v.optional(v.boolean(), false),
  hideResults: v.optional(v.boolean(), false),
  closesAt: v.optional(v.nullable(Instant)),
  status: v.optional(v.picklist(["draft", "open"]), "open"),
};
/** Question and options change in a draft only. */
const changeEntries = {
  status: v.optional(PollStatus),
  closesAt: v.optional(v.nullable(Instant)),
  question: v.optional(createEntries.question),
  options: v.optional(OptionTexts),
};
const voteEntries = {
  optionIds: v.pipe(
    v.array(identifier("pollOption")),
    v.minLength(1),
    v.maxLength(20),
    v.check((ids) => new Set(ids).size === ids.length, "names an option twice"),
  ),
};

export { changeEntries as pollChangeEntries, createEntries as pollEntries, voteEntries };
export const CreatePollRequest = v.object({ sessionId: identifier("session"), ...createEntries });
export const PollChange = v.object(changeEntries);
export const VoteRequest = v.object(voteEntries);

/** Data of `poll:vote`; a total, without seq. `options` is null for whom the results are hidden. */
export const PollTotal = v.object({
  pollId: identifier("poll"),
  totalVotes: v.number(),
  options: v.nullable(v.array(v.object({ id: identifier("pollOption"), votes: v.number() }))),
});
export type PollTotal = v.InferOutput<typeof PollTotal>;
/** Data of `poll:voted`, which the voter alone hears, on every device. */
export const PollVoted = v.object({
  pollId: identifier("poll"),
  optionIds: v.array(identifier("pollOption")),
});
export type PollVoted = v.InferOutput<typeof PollVoted>;
