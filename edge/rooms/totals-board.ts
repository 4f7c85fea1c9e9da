import * as v from "valibot";
import type { LogEvent, SessionTotal } from "../protocol/internal-rooms.ts";
import { Poll } from "../protocol/polls.ts";
import { Question } from "../protocol/questions.ts";

/** Polls and questions that are remembered; the ones counted longest ago give way. */
const mostTotals = 2000;

/** The newest total of each poll and question of one session, whoever counted it: a commit, a snapshot or an event. */
export class TotalsBoard {
  /** In the order of their last change. */
  readonly #totals = new Map<string, SessionTotal>();

  get isEmpty(): boolean {
    return this.#totals.size === 0;
  }

  /** Whether it says something new. */
  put(total: SessionTotal): boolean {
    const key = totalKey(total);
    const before = this.#totals.get(key);
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(total)) return false;
    this.#totals.delete(key);
    this.#totals.set(key, total);
    if (this.#totals.size > mostTotals) this.#totals.delete(this.#totals.keys().next().value ?? "");
    return true;
  }

  get(key: string): SessionTotal | undefined {
    return this.#totals.get(key);
  }

  /** Those that changed last, oldest first. */
  newest(most: number): SessionTotal[] {
    return [...this.#totals.values()].slice(-most);
  }

  all(): SessionTotal[] {
    return [...this.#totals.values()];
  }

  clear(): void {
    this.#totals.clear();
  }

  /** An event that carries a poll or a question whole has its totals too, and opens what was hidden. */
  see(event: Pick<LogEvent, "type" | "data">): void {
    if (event.type === "poll:new" || event.type === "poll:updated") {
      const poll = v.safeParse(Poll, event.data);
      if (poll.success) this.#seePoll(poll.output);
    } else if (event.type === "question:new" || event.type === "question:updated") {
      const question = v.safeParse(Question, event.data);
      if (question.success) this.put(questionTotal(question.output));
    }
  }

  #seePoll(poll: Poll): void {
    if (poll.status === "draft" || poll.status === "archived") {
      this.#totals.delete(poll.id);
      return;
    }
    const total = pollTotal(poll);
    // Hidden results are not in what everyone hears; the commits' own totals have them.
    if (total.kind === "poll" && total.total.options === null) return;
    this.put(total);
  }
}

export function totalKey(total: SessionTotal): string {
  return total.kind === "poll" ? total.total.pollId : total.total.questionId;
}

/** What a poll, as everyone may see it, says of its votes; hidden ones are null. */
export function pollTotal({ id, totalVotes, options }: Poll): SessionTotal {
  const counted: { id: string; votes: number }[] = [];
  for (const option of options) {
    if (option.votes !== null) counted.push({ id: option.id, votes: option.votes });
  }
  const isHidden = counted.length < options.length;
  return {
    kind: "poll",
    total: { pollId: id, totalVotes, options: isHidden ? null : counted },
    hidden: isHidden,
  };
}

export function questionTotal({ id, upvotes }: Question): SessionTotal {
  return { kind: "question", total: { questionId: id, upvotes } };
}
