import type { Poll } from "../../protocol/polls.ts";
import type { Question } from "../../protocol/questions.ts";
import type { ReplayClock } from "./replay-clock.ts";

/** A question or a poll, at the second of the recording where it came up. */
export interface Moment {
  key: string;
  kind: "question" | "poll";
  positionSeconds: number;
  title: string;
  /** Who asked, or how it was answered. */
  detail: string;
}

export interface MomentSources {
  polls: readonly Poll[];
  questions: readonly Question[];
  clock: ReplayClock;
  /** Of this broadcast; what came up in another one is not here. Milliseconds. */
  startedAt: number;
  endedAt: number;
}

/** In the order in which they came up. Pure. */
export function momentsOf({ polls, questions, clock, startedAt, endedAt }: MomentSources): Moment[] {
  const within = ({ createdAt }: { createdAt: string }) => {
    const at = Date.parse(createdAt);
    return at >= startedAt - beforehandMs && at <= endedAt;
  };
  const positionSeconds = ({ createdAt }: { createdAt: string }) => clock.positionOf(Date.parse(createdAt));
  return [
    ...questions.filter(within).map(
      (question): Moment => ({
        key: question.id,
        kind: "question",
        positionSeconds: positionSeconds(question),
        title: question.text,
        detail: question.answer ?? question.user?.name ?? "Anonymous",
      }),
    ),
    ...polls.filter(within).map(
      (poll): Moment => ({
        key: poll.id,
        kind: "poll",
        positionSeconds: positionSeconds(poll),
        title: poll.question,
        detail: resultOf(poll),
      }),
    ),
  ].sort((a, b) => a.positionSeconds - b.positionSeconds);
}

/** What is asked while people wait for the beginning belongs to it. */
const beforehandMs = 15 * 60_000;

function resultOf({ options, totalVotes }: Poll): string {
  const shares = options.map(({ text, votes }) =>
    votes === null || totalVotes === 0 ? text : `${text} ${Math.round((votes / totalVotes) * 100)} %`,
  );
  return shares.join(" · ");
}
