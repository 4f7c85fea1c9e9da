/** A poll as it is kept, and how it looks to whoever asks. Pure. */
import type { SessionTotal } from "../../protocol/internal-rooms.ts";
import type { Poll, PollStatus, PollTotal } from "../../protocol/polls.ts";

export interface PollState {
  id: string;
  sessionId: string;
  question: string;
  /** In the order in which they are shown. */
  options: { id: string; text: string; votes: number }[];
  multiple: boolean;
  hideResults: boolean;
  /** As written: what it is now is `pollStatusAt`. */
  status: PollStatus;
  /** Milliseconds since the epoch, as all times here. */
  closesAt: number | null;
  voters: number;
  createdAt: number;
}

/** What a poll is to one reader. */
export interface PollReader {
  /** Staff and speakers. */
  team: boolean;
  /** The options the reader has chosen; null without a vote. */
  vote: readonly string[] | null;
}

/** In what everyone hears, the reader is nobody in particular. */
export const everyReader: PollReader = { team: false, vote: null };

/** A poll past `closesAt` is closed, whoever asks and whenever that is written down. */
export function pollStatusAt({ status, closesAt }: Pick<PollState, "status" | "closesAt">, now: number) {
  return status === "open" && closesAt !== null && closesAt <= now ? "closed" : status;
}

/** Drafts and archived polls are the team's alone. */
export function isPollShown(status: PollStatus): boolean {
  return status === "open" || status === "closed";
}

/** Whether the figures are kept from those who have not voted. */
function areResultsHidden(poll: PollState, now: number): boolean {
  const status = pollStatusAt(poll, now);
  return poll.hideResults && (status === "open" || status === "draft");
}

export function describePoll(poll: PollState, now: number, { team, vote }: PollReader): Poll {
  const hidden = !team && vote === null && areResultsHidden(poll, now);
  return {
    id: poll.id,
    sessionId: poll.sessionId,
    question: poll.question,
    options: poll.options.map(({ id, text, votes }) => ({ id, text, votes: hidden ? null : votes })),
    status: pollStatusAt(poll, now),
    multiple: poll.multiple,
    hideResults: poll.hideResults,
    totalVotes: poll.voters,
    myVote: vote === null ? null : inOrder(poll, vote),
    closesAt: poll.closesAt === null ? null : new Date(poll.closesAt).toISOString(),
    createdAt: new Date(poll.createdAt).toISOString(),
  };
}

/** Chosen options in the order in which the poll shows them. */
export function inOrder(poll: PollState, chosen: readonly string[]): string[] {
  return poll.options.flatMap(({ id }) => (chosen.includes(id) ? [id] : []));
}

function totalOfPoll(poll: PollState): PollTotal {
  return {
    pollId: poll.id,
    totalVotes: poll.voters,
    options: poll.options.map(({ id, votes }) => ({ id, votes })),
  };
}

/** The figures in full; `hidden` says from whom they are to be kept. */
export function sessionTotalOfPoll(poll: PollState, now: number): SessionTotal {
  return { kind: "poll", total: totalOfPoll(poll), hidden: areResultsHidden(poll, now) };
}
