/**
 * The polls that one batch of commands names, as they are before it and as each command leaves them. What differs in
 * the end is what is written.
 */
import type { PollState } from "./poll-state.ts";

/** What was read. */
export interface PollFacts {
  polls: readonly PollState[];
  /** Of the people and polls that the batch names together. */
  votes: readonly PollBallot[];
}

/** What one person has chosen in one poll. */
export interface PollBallot {
  pollId: string;
  userId: string;
  optionIds: readonly string[];
}

export interface PollChanges {
  created: (PollState & { createdBy: string })[];
  /** Whose status, time or question changed. */
  changed: PollState[];
  /** Whose options were all replaced. */
  rewritten: PollState[];
  /** Whose figures changed. */
  counted: PollState[];
  added: PollTick[];
  removed: PollTick[];
}
export interface PollTick {
  pollId: string;
  userId: string;
  optionId: string;
}

const ballotKey = (pollId: string, userId: string) => `${pollId} ${userId}`;

export class PollBook {
  readonly #polls = new Map<string, PollState>();
  readonly #votesBefore = new Map<string, PollBallot>();
  readonly #votes = new Map<string, PollBallot>();
  readonly #createdBy = new Map<string, string>();
  readonly #changed = new Set<string>();
  readonly #rewritten = new Set<string>();
  readonly #counted = new Set<string>();

  constructor({ polls, votes }: PollFacts) {
    for (const poll of polls) {
      this.#polls.set(poll.id, { ...poll, options: poll.options.map((option) => ({ ...option })) });
    }
    for (const ballot of votes) {
      const key = ballotKey(ballot.pollId, ballot.userId);
      this.#votesBefore.set(key, ballot);
      this.#votes.set(key, ballot);
    }
  }

  poll(id: string): Readonly<PollState> | undefined {
    return this.#polls.get(id);
  }

  /** What this person has chosen so far; null without a vote. */
  vote(pollId: string, userId: string): readonly string[] | null {
    return this.#votes.get(ballotKey(pollId, userId))?.optionIds ?? null;
  }

  create(poll: PollState, createdBy: string): void {
    this.#polls.set(poll.id, poll);
    this.#createdBy.set(poll.id, createdBy);
  }

  change(
    id: string,
    more: Partial<Pick<PollState, "status" | "closesAt" | "question" | "options">>,
  ): PollState {
    const poll = { ...this.#polls.get(id)!, ...more };
    this.#polls.set(id, poll);
    if (!this.#createdBy.has(id)) {
      this.#changed.add(id);
      if (more.options) this.#rewritten.add(id);
    }
    return poll;
  }

  /** Replaces the person's vote; every figure moves with it. */
  cast(ballot: PollBallot): void {
    const { pollId, userId } = ballot;
    const poll = this.#polls.get(pollId)!;
    const before = this.vote(pollId, userId);
    for (const option of poll.options) {
      option.votes +=
        Number(ballot.optionIds.includes(option.id)) - Number(before?.includes(option.id) ?? false);
    }
    if (before === null) poll.voters++;
    this.#votes.set(ballotKey(pollId, userId), ballot);
    this.#counted.add(pollId);
  }

  changes(): PollChanges {
    const all = (ids: Iterable<string>) => [...ids].map((id) => this.#polls.get(id)!);
    const changes: PollChanges = {
      created: [...this.#createdBy].map(([id, createdBy]) => ({ ...this.#polls.get(id)!, createdBy })),
      changed: all(this.#changed),
      rewritten: all(this.#rewritten),
      counted: all(this.#counted),
      added: [],
      removed: [],
    };
    for (const [key, { pollId, userId, optionIds }] of this.#votes) {
      const before = this.#votesBefore.get(key)?.optionIds ?? [];
      for (const optionId of optionIds) {
        if (!before.includes(optionId)) changes.added.push({ pollId, userId, optionId });
      }
      for (const optionId of before) {
        if (!optionIds.includes(optionId)) changes.removed.push({ pollId, userId, optionId });
      }
    }
    return changes;
  }
}
