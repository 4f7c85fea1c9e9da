import type { SessionFeature } from "../session-log/session-planner.ts";
import { PollBook } from "./poll-book.ts";
import { type PollCommand, planPollCommand, repeatPollCommand } from "./poll-commands.ts";
import { readBallots, readPollsNamed } from "./poll-facts.ts";
import { writePolls } from "./poll-writes.ts";

/** Polls, as a part of a session's commits. */
export const pollsFeature: SessionFeature<PollCommand, PollBook> = {
  types: ["poll:create", "poll:change", "poll:vote"],
  async load(tx, session, commands) {
    const pairs = commands.flatMap((command) =>
      command.type === "poll:create" ? [] : [{ pollId: command.data.pollId, userId: command.userId }],
    );
    if (pairs.length === 0) return new PollBook({ polls: [], votes: [] });
    const ids = [...new Set(pairs.map(({ pollId }) => pollId))];
    const [polls, votes] = await Promise.all([readPollsNamed(tx, session.id, ids), readBallots(tx, pairs)]);
    return new PollBook({ polls, votes });
  },
  plan: planPollCommand,
  repeat: repeatPollCommand,
  write: (tx, session, book, at) => writePolls(tx, session.id, book.changes(), at),
};
