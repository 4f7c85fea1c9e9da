import type { Poll } from "../../protocol/polls.ts";

export interface OptionView {
  id: string;
  text: string;
  isMine: boolean;
  /** Null while the results are hidden. */
  votes: number | null;
  /** Of the people who voted, whole percent; null while hidden. */
  percent: number | null;
  /** The most votes, once there are any. */
  leads: boolean;
}

export interface PollView {
  status: Poll["status"];
  /** `choose`: options to tick. `results`: bars. */
  face: "choose" | "results";
  canVote: boolean;
  canChange: boolean;
  /** May look at the results without having voted, or is doing so. */
  canPeek: boolean;
  options: OptionView[];
  /** "12 votes · closes in 3:20". */
  facts: string[];
  /** Why there is nothing to choose or see, in words; empty otherwise. */
  note: string;
}

export interface PollFacts {
  poll: Poll;
  now: number;
  /** Signed in, and not refused. */
  mayVote: boolean;
  team: boolean;
  /** The person wants to vote anew. */
  changing: boolean;
  /** The person wants to see the results before voting. */
  peeking: boolean;
}

export function pollView({ poll, now, mayVote, team, changing, peeking }: PollFacts): PollView {
  const status = statusNow(poll, now);
  const hasVoted = poll.myVote !== null;
  const isOpen = status === "open";
  const options = optionViews(poll);
  const hidden = options.every(({ votes }) => votes === null);
  const canVote = isOpen && mayVote;
  const canPeek = canVote && !hasVoted && !hidden;
  const chooses = canVote && (hasVoted ? changing : !(peeking && canPeek));
  const face = status === "draft" || chooses ? "choose" : "results";
  return {
    status,
    face,
    canVote: canVote && face === "choose",
    canChange: canVote && hasVoted && !changing,
    canPeek,
    options,
    facts: factsOf(poll, status, now),
    note: noteOf({ status, hidden, mayVote, team, hasVoted }),
  };
}

/** A poll past `closesAt` is closed, whether anyone has said so or not. */
export function statusNow(poll: Poll, now: number): Poll["status"] {
  if (poll.status === "open" && poll.closesAt !== null && Date.parse(poll.closesAt) <= now) return "closed";
  return poll.status;
}

/** Open ones first, then drafts, then what is closed; newest first in each. */
export function pollOrder(polls: readonly Poll[], now: number): Poll[] {
  const rank = { open: 0, draft: 1, closed: 2, archived: 3 };
  return polls
    .filter(({ status }) => status !== "archived")
    .toSorted(
      (a, b) => rank[statusNow(a, now)] - rank[statusNow(b, now)] || b.createdAt.localeCompare(a.createdAt),
    );
}

/** "0:09", "3:20", "1:02:05"; rounded up, so it does not stand at zero. */
export function countdownWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

function optionViews(poll: Poll): OptionView[] {
  const votes = poll.options.map((option) => option.votes);
  const percents = poll.multiple
    ? votes.map((count) => (count === null ? null : percentOf(count, poll.totalVotes)))
    : wholePercents(votes);
  const most = Math.max(...votes.map((count) => count ?? 0));
  return poll.options.map((option, index) => ({
    ...option,
    isMine: poll.myVote?.includes(option.id) ?? false,
    percent: percents[index] ?? null,
    leads: most > 0 && option.votes === most,
  }));
}

/** Whole percents that add up to a hundred: what rounding leaves goes to the largest remainders. */
export function wholePercents(votes: readonly (number | null)[]): (number | null)[] {
  const total = votes.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  if (total === 0) return votes.map((count) => (count === null ? null : 0));
  const exact = votes.map((count) => ((count ?? 0) * 100) / total);
  const whole = exact.map(Math.floor);
  const left = 100 - whole.reduce((sum, part) => sum + part, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, left)) whole[index]! += 1;
  return votes.map((count, index) => (count === null ? null : whole[index]!));
}

function percentOf(count: number, people: number): number {
  return people === 0 ? 0 : Math.min(100, Math.round((count * 100) / people));
}

const many = new Intl.NumberFormat();

function factsOf(poll: Poll, status: Poll["status"], now: number): string[] {
  const facts: string[] = [];
  if (status !== "draft")
    facts.push(poll.totalVotes === 1 ? "1 vote" : `${many.format(poll.totalVotes)} votes`);
  if (poll.multiple) facts.push("several answers");
  if (status === "open" && poll.closesAt !== null)
    facts.push(`closes in ${countdownWords(Date.parse(poll.closesAt) - now)}`);
  if (status === "closed") facts.push("closed");
  return facts;
}

function noteOf(facts: {
  status: Poll["status"];
  hidden: boolean;
  mayVote: boolean;
  team: boolean;
  hasVoted: boolean;
}): string {
  const { status, hidden, mayVote, team, hasVoted } = facts;
  if (status === "draft") return "A draft: only the team sees it.";
  if (status !== "open") return "";
  if (!mayVote) return hidden ? "Sign in to vote. The results show after that." : "Sign in to vote.";
  if (!hidden || team) return "";
  return hasVoted ? "" : "The results show once you have voted.";
}
