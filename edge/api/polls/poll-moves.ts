import type { PollStatus } from "../../protocol/polls.ts";

const moves: Record<PollStatus, readonly PollStatus[]> = {
  draft: ["open", "archived"],
  open: ["closed", "archived"],
  closed: ["open", "archived"],
  // Back among the closed ones, from where it may be opened.
  archived: ["closed"],
};

/** Whether a poll may go from one status to another; staying is no move. What was open is never a draft again. */
export function mayPollMove(from: PollStatus, to: PollStatus): boolean {
  return from === to || moves[from].includes(to);
}
