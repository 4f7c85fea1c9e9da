/** What a session looks like to one person, built from what the socket says. Pure: each step answers a new view. */
import type { ChatAuthor, ChatMessage } from "../protocol/chat.ts";
import type { Poll, PollTotal } from "../protocol/polls.ts";
import type { Question, QuestionTotal } from "../protocol/questions.ts";
import type { ViewersCount } from "../protocol/realtime.ts";
import type { SessionStart } from "./memberships.ts";
import type { SessionSaid } from "./session-room.ts";

/** `shadowed`: its author is muted without knowing; staff see it marked, its author sees nothing unusual. */
export interface SeenMessage extends ChatMessage {
  shadowed: boolean;
}

export interface SessionView {
  /** In the order of the log, the newest `keptMessages`; held and shadowed ones only where they are for these eyes. */
  messages: readonly SeenMessage[];
  pinned: readonly ChatMessage[];
  /** Newest first; drafts only for who makes polls, archived ones for nobody. `myVote` is this person's. */
  polls: readonly Poll[];
  /** In no order of their own; archived ones are left out. `upvoted` is this person's. */
  questions: readonly Question[];
  /** Ids of this person's own questions. */
  asked: ReadonlySet<string>;
  /** Who asked an anonymous question, for staff who may see it. */
  askers: ReadonlyMap<string, ChatAuthor>;
  typing: { users: readonly string[]; count: number };
  viewers: ViewersCount | null;
  /** Until when this person may not write; an instant that may have passed. */
  mutedUntil: string | null;
}

export const keptMessages = 500;
const nobodyTypes = { users: [], count: 0 };

export const emptySessionView: SessionView = {
  messages: [],
  pinned: [],
  polls: [],
  questions: [],
  asked: new Set(),
  askers: new Map(),
  typing: nobodyTypes,
  viewers: null,
  mutedUntil: null,
};

/** Joined: a snapshot replaces what was known, and `mine` is the truth about this person either way. */
export function startView(view: SessionView, { snapshot, mine }: SessionStart): SessionView {
  const known = snapshot ?? view;
  const upvotes = new Set(mine.upvotes);
  const questions = mine.questions.reduce(withQuestion, known.questions);
  return {
    ...view,
    messages: mine.messages.reduce<readonly SeenMessage[]>(
      (messages, message) => withMessage(messages, message, false),
      known.messages.map((message) => ({ shadowed: false, ...message })),
    ),
    pinned: [...known.pinned],
    polls: known.polls.map((poll) => ({ ...poll, myVote: mine.votes[poll.id] ?? null })),
    questions: questions.map((question) => ({ ...question, upvoted: upvotes.has(question.id) })),
    asked: new Set(mine.asked),
    askers: snapshot ? new Map() : view.askers,
    typing: nobodyTypes,
    mutedUntil: mine.mutedUntil,
  };
}

/** `me` is the id of the person who looks on; null for who has not signed in. */
export function nextView(view: SessionView, said: SessionSaid, me: string | null): SessionView {
  switch (said.type) {
    case "chat:message":
      return {
        ...view,
        messages: withMessage(view.messages, said.data, false),
        typing: withoutTypist(view.typing, said.data.user.name),
      };
    case "chat:held":
      return { ...view, messages: withMessage(view.messages, said.data, false) };
    case "chat:shadowed":
      return { ...view, messages: withMessage(view.messages, said.data, true) };
    case "chat:deleted":
      return withoutMessages(view, ({ id }) => id === said.data.messageId);
    case "chat:cleared":
      return withoutMessages(
        view,
        ({ seq, user }) => seq <= said.seq && (said.data.userId === null || user.id === said.data.userId),
      );
    case "chat:pinned":
      return pinnedView(view, said.data);
    case "chat:muted":
      return said.data.userId === me ? { ...view, mutedUntil: said.data.until } : view;
    case "question:new":
    case "question:updated":
      return { ...view, questions: withQuestion(view.questions, said.data) };
    case "question:asker":
      return { ...view, askers: new Map(view.askers).set(said.data.questionId, said.data.user) };
    case "question:upvote":
      return { ...view, questions: countUpvotes(view.questions, said.data) };
    case "question:upvoted":
      return { ...view, questions: countUpvotes(view.questions, said.data, said.data.upvoted) };
    case "poll:new":
    case "poll:updated":
      return { ...view, polls: withPoll(view.polls, said.data) };
    case "poll:vote":
      return {
        ...view,
        polls: view.polls.map((poll) => (poll.id === said.data.pollId ? countVotes(poll, said.data) : poll)),
      };
    case "poll:voted":
      return {
        ...view,
        polls: view.polls.map((poll) =>
          poll.id === said.data.pollId ? { ...poll, myVote: said.data.optionIds } : poll,
        ),
      };
    case "chat:typing":
      return { ...view, typing: said.data };
    case "viewers:count":
      return { ...view, viewers: said.data };
    case "reaction:burst":
      return view;
  }
}

/** A question this person has just asked, as its answer says. */
export function askedView(view: SessionView, question: Question): SessionView {
  const isKnown = view.questions.some(({ id }) => id === question.id);
  return {
    ...view,
    asked: new Set(view.asked).add(question.id),
    questions: isKnown ? view.questions : withQuestion(view.questions, question),
  };
}

/** What was read elsewhere and is not known here; what is known is newer, and stays. */
export function addedView(
  view: SessionView,
  more: { messages?: readonly ChatMessage[]; polls?: readonly Poll[]; questions?: readonly Question[] },
): SessionView {
  const unknown = <T extends { id: string }>(known: readonly T[], read: readonly T[] = []) =>
    read.filter(({ id }) => !known.some((one) => one.id === id));
  const messages = unknown<ChatMessage>(view.messages, more.messages);
  return {
    ...view,
    messages:
      messages.length === 0
        ? view.messages
        : [...view.messages, ...messages.map((message) => ({ ...message, shadowed: false }))].sort(
            (a, b) => a.seq - b.seq,
          ),
    polls: [...view.polls, ...unknown(view.polls, more.polls)],
    askers: new Map([
      ...view.askers,
      ...(more.questions ?? []).flatMap(({ id, asker }) => (asker ? [[id, asker] as const] : [])),
    ]),
    questions: [...view.questions, ...unknown(view.questions, more.questions)],
  };
}

function withMessage(
  messages: readonly SeenMessage[],
  message: ChatMessage,
  shadowed: boolean,
): readonly SeenMessage[] {
  // An approved message keeps its id and gets a new place in the log.
  const others = messages.filter(({ id }) => id !== message.id);
  const place = others.findLastIndex(({ seq }) => seq < message.seq) + 1;
  return others.toSpliced(place, 0, { ...message, shadowed }).slice(-keptMessages);
}

/** Who has said something has typed it; the rooms say so a moment later. */
function withoutTypist(typing: SessionView["typing"], name: string): SessionView["typing"] {
  if (!typing.users.includes(name)) return typing;
  return { users: typing.users.filter((user) => user !== name), count: Math.max(0, typing.count - 1) };
}

function withoutMessages(view: SessionView, isGone: (message: ChatMessage) => boolean): SessionView {
  return {
    ...view,
    messages: view.messages.filter((message) => !isGone(message)),
    pinned: view.pinned.filter((message) => !isGone(message)),
  };
}

function pinnedView(
  view: SessionView,
  { messageId, pinned, message }: { messageId: string; pinned: boolean; message: ChatMessage },
): SessionView {
  const others = view.pinned.filter(({ id }) => id !== messageId);
  return {
    ...view,
    messages: view.messages.map((known) => (known.id === messageId ? { ...known, pinned } : known)),
    pinned: pinned ? [...others, message] : others,
  };
}

function withQuestion(questions: readonly Question[], question: Question): readonly Question[] {
  const known = questions.find(({ id }) => id === question.id);
  const others = questions.filter(({ id }) => id !== question.id);
  if (question.status === "archived") return others;
  return [...others, { ...question, upvoted: known?.upvoted ?? question.upvoted }];
}

function countUpvotes(
  questions: readonly Question[],
  { questionId, upvotes }: QuestionTotal,
  upvoted?: boolean,
): readonly Question[] {
  return questions.map((question) =>
    question.id === questionId ? { ...question, upvotes, upvoted: upvoted ?? question.upvoted } : question,
  );
}

/** An event speaks to everyone: it neither knows this person's vote nor, where results are hidden, what they may see. */
function withPoll(polls: readonly Poll[], poll: Poll): readonly Poll[] {
  const index = polls.findIndex(({ id }) => id === poll.id);
  if (poll.status === "archived") return polls.filter(({ id }) => id !== poll.id);
  const known = polls[index];
  if (!known) return [poll, ...polls];
  const votes = new Map(known.options.map((option) => [option.id, option.votes]));
  const options = poll.options.map((option) => ({
    ...option,
    votes: option.votes ?? votes.get(option.id) ?? null,
  }));
  return polls.with(index, { ...poll, options, myVote: known.myVote });
}

function countVotes(poll: Poll, { totalVotes, options }: PollTotal): Poll {
  if (options === null) return { ...poll, totalVotes };
  const votes = new Map(options.map((option) => [option.id, option.votes]));
  return {
    ...poll,
    totalVotes,
    options: poll.options.map((option) => ({ ...option, votes: votes.get(option.id) ?? option.votes })),
  };
}
