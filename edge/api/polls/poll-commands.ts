/** What commands do to polls. Pure but for the book, which the next command of the batch reads. */
import type { Poll, PollStatus, PollVoted } from "../../protocol/polls.ts";
import { isTeam } from "../events/event-access.ts";
import {
  type CommandOf,
  type CommitContext,
  type Plan,
  type Refusal,
  refuse,
} from "../session-log/session-planner.ts";
import type { PollBook } from "./poll-book.ts";
import { mayPollMove } from "./poll-moves.ts";
import {
  describePoll,
  everyReader,
  inOrder,
  isPollShown,
  type PollState,
  pollStatusAt,
  sessionTotalOfPoll,
} from "./poll-state.ts";

export type PollCommand = CommandOf<"poll:create" | "poll:change" | "poll:vote">;

export const planPollCommand: Plan<PollCommand["type"], PollBook> = (command, sender, book, context) => {
  switch (command.type) {
    case "poll:create":
      return createPoll(command, sender, book, context);
    case "poll:change":
      return changePoll(command, sender, book, context);
    case "poll:vote":
      return castVote(command, sender, book, context);
  }
};

const createPoll: Plan<"poll:create", PollBook> = ({ data }, sender, book, context) => {
  const { session, now } = context;
  if (!session.pollsEnabled) return refuse("polls-disabled");
  const closesAt = toMilliseconds(data.closesAt);
  if (closesAt !== null && closesAt <= now) return closesInThePast;
  const poll: PollState = {
    id: context.newId("poll"),
    sessionId: session.id,
    question: data.question,
    options: newOptions(data.options, context),
    multiple: data.multiple,
    hideResults: data.hideResults,
    status: data.status,
    closesAt,
    voters: 0,
    createdAt: now,
  };
  book.create(poll, sender.id);
  announce(poll, "poll:new", data.status, context);
  context.audit({ action: "poll.created", subject: { kind: "poll", id: poll.id }, eventId: session.eventId });
  return { ok: true, ack: describePoll(poll, now, { team: true, vote: null }) satisfies Poll };
};

const changePoll: Plan<"poll:change", PollBook> = ({ data }, sender, book, context) => {
  const { session, now } = context;
  const poll = book.poll(data.pollId);
  if (poll === undefined) return refuse("not-found");
  const before = pollStatusAt(poll, now);
  const after = data.status ?? before;
  const refused = refuseChange(data, before, after, context);
  if (refused) return refused;

  const change: Parameters<PollBook["change"]>[1] = {};
  // Also what time alone has closed is written down here.
  if (poll.status !== after) change.status = after;
  const closesAt = closingTime(data.closesAt, poll.closesAt, {
    reopened: before !== "open" && after === "open",
    now,
  });
  if (closesAt !== poll.closesAt) change.closesAt = closesAt;
  if (data.question !== undefined && data.question !== poll.question) change.question = data.question;
  if (data.options) change.options = newOptions(data.options, context);
  const changed = Object.keys(change);
  if (changed.length > 0) {
    const next = book.change(poll.id, change);
    announce(next, before === "draft" && after === "open" ? "poll:new" : "poll:updated", before, context);
    context.audit({
      action: "poll.changed",
      subject: { kind: "poll", id: poll.id },
      eventId: session.eventId,
      detail: { changed, status: after },
    });
  }
  const vote = book.vote(poll.id, sender.id);
  return { ok: true, ack: describePoll(book.poll(poll.id)!, now, { team: true, vote }) satisfies Poll };
};

/** Writes down what time alone has closed, and tells everyone. Nothing where its time is not over. */
export function closeLapsed(pollId: string, book: PollBook, context: CommitContext): void {
  const poll = book.poll(pollId);
  if (poll?.status !== "open" || pollStatusAt(poll, context.now) !== "closed") return;
  announce(book.change(pollId, { status: "closed" }), "poll:updated", "open", context);
}

function refuseChange(
  data: CommandOf<"poll:change">["data"],
  before: PollStatus,
  after: PollStatus,
  { session, now }: CommitContext,
): Refusal | null {
  if (!mayPollMove(before, after)) {
    return refuse("illegal-move", { detail: `A poll that is ${before} cannot become ${after}.` });
  }
  if ((data.question !== undefined || data.options) && before !== "draft") {
    return refuse("conflict", { detail: "Question and options change in a draft only." });
  }
  if (before !== after && after === "open" && !session.pollsEnabled) return refuse("polls-disabled");
  const closesAt = toMilliseconds(data.closesAt);
  if (closesAt === null) return null;
  if (after !== "open" && after !== "draft") {
    return refuse("conflict", { detail: "Only a poll that is open, or a draft, has yet to close." });
  }
  return closesAt <= now ? closesInThePast : null;
}

const castVote: Plan<"poll:vote", PollBook> = ({ data }, sender, book, context) => {
  const { session, now } = context;
  const poll = book.poll(data.pollId);
  const status = poll && pollStatusAt(poll, now);
  if (!poll || !status || (!isPollShown(status) && !isTeam(sender))) return refuse("not-found");
  if (!session.pollsEnabled) return refuse("polls-disabled");
  if (status !== "open") return refuse("poll-not-open");
  const known = new Set(poll.options.map(({ id }) => id));
  const stray = data.optionIds.findIndex((id) => !known.has(id));
  if (stray >= 0) return invalidVote(`/optionIds/${stray}`, "is not an option of this poll");
  if (!poll.multiple && data.optionIds.length > 1) return invalidVote("/optionIds", "must be one option");

  const voted: PollVoted = { pollId: poll.id, optionIds: inOrder(poll, data.optionIds) };
  book.cast({ ...voted, userId: sender.id });
  context.total(sessionTotalOfPoll(book.poll(poll.id)!, now));
  context.personal({ type: "poll:voted", userId: sender.id, data: voted });
  return { ok: true, ack: voted };
};

/** The votes as they are now, and the person's own, after a vote that was counted before. */
export function repeatPollCommand(command: PollCommand, book: PollBook, context: CommitContext): void {
  if (command.type !== "poll:vote") return;
  const { userId, data } = command;
  const poll = book.poll(data.pollId);
  const optionIds = book.vote(data.pollId, userId);
  if (poll === undefined || !isPollShown(poll.status)) return;
  context.total(sessionTotalOfPoll(poll, context.now));
  if (optionIds !== null) {
    context.personal({ type: "poll:voted", userId, data: { pollId: poll.id, optionIds: [...optionIds] } });
  }
}

/** To everyone, once it is or was shown. The figures follow: those who may see them would lose them by this event. */
function announce(
  poll: PollState,
  type: "poll:new" | "poll:updated",
  before: PollStatus,
  context: CommitContext,
): void {
  const shown = isPollShown(before) || isPollShown(poll.status);
  const data = describePoll(poll, context.now, everyReader);
  context.emit({ type, audience: { kind: shown ? "all" : "team" }, data });
  if (isPollShown(poll.status)) context.total(sessionTotalOfPoll(poll, context.now));
}

/** A poll that is opened again after its time stays open until somebody closes it, unless a new time is given. */
function closingTime(
  given: string | null | undefined,
  kept: number | null,
  { reopened, now }: { reopened: boolean; now: number },
): number | null {
  if (given !== undefined) return toMilliseconds(given);
  return reopened && kept !== null && kept <= now ? null : kept;
}

function newOptions(texts: readonly string[], context: CommitContext): PollState["options"] {
  return texts.map((text) => ({ id: context.newId("pollOption"), text, votes: 0 }));
}

function toMilliseconds(instant: string | null | undefined): number | null {
  return instant == null ? null : Date.parse(instant);
}

function invalidVote(pointer: string, detail: string): Refusal {
  return refuse("invalid", { errors: [{ pointer, detail }] });
}

const closesInThePast = refuse("invalid", { errors: [{ pointer: "/closesAt", detail: "is in the past" }] });
