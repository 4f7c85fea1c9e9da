/** What the database, what was acknowledged, and what people were told say of each other. Pure. */
import type { Deed } from "./deeds.ts";
import type { ToldRecord } from "./told-record.ts";
import type { WrittenEvent, WrittenRows } from "./written-rows.ts";

export interface Listener {
  name: string;
  userId: string;
  isStaff: boolean;
  told: ToldRecord;
}

/** Events in the log, one after the other. */
export function findHoles({ head, events }: WrittenRows): string[] {
  const holes = events.flatMap(({ seq }, index) =>
    seq === index + 1 ? [] : [`the log has seq ${seq} in place ${index + 1}`],
  );
  return [
    ...holes.slice(0, 5),
    ...(events.length === head ? [] : [`the head is ${head}, and there are ${events.length} events`]),
  ];
}

/** What was acknowledged is there once, what was refused is not, and nothing is there that nobody said. */
export function findLostAndDoubled(deeds: readonly Deed[], rows: WrittenRows): string[] {
  return (["chat", "question"] as const).flatMap((kind) => {
    const written: { id: string; userId: string; text: string }[] =
      kind === "chat" ? rows.messages : rows.questions;
    const byText = new Map<string, typeof written>();
    for (const row of written) byText.set(row.text, [...(byText.get(row.text) ?? []), row]);
    const findings: string[] = [];
    for (const { userId, via, what, answer } of deeds) {
      if (what.kind !== kind) continue;
      const found = byText.get(what.text) ?? [];
      byText.delete(what.text);
      const line = `${kind} "${what.text}" by ${via}`;
      if (found.length > 1) findings.push(`${line} is there ${found.length} times`);
      if (answer === null) continue;
      if (!answer.ok) {
        if (found.length > 0) findings.push(`${line} was refused (${answer.problem.type}) and is there`);
        continue;
      }
      const acknowledged = (answer.data as { id: string }).id;
      if (found.length === 0) findings.push(`${line} was acknowledged as ${acknowledged} and is lost`);
      else if (found[0]!.id !== acknowledged || found[0]!.userId !== userId)
        findings.push(`${line} was acknowledged as ${acknowledged} and is there as ${found[0]!.id}`);
    }
    return [...findings, ...[...byText.keys()].map((text) => `nobody said the ${kind} "${text}"`)];
  });
}

/** Each message stands in the log once, where its row says. */
export function findUntoldMessages({ events, messages }: WrittenRows): string[] {
  const bySeq = new Map(events.map(({ seq, what }) => [seq, what]));
  return messages.flatMap(({ id, seq }) => {
    const what = bySeq.get(seq) ?? "nothing";
    return what.endsWith(` ${id}`) ? [] : [`message ${id} has seq ${seq}, where the log has ${what}`];
  });
}

/** What can happen once happened once: a retry that acts again shows here. */
export function findRepeatedEvents({ events }: WrittenRows): string[] {
  const once = /^(chat:message|chat:held|chat:shadowed|chat:deleted|question:new|poll:new) /;
  const seen = new Set<string>();
  return events.flatMap(({ what, audience, seq }) => {
    if (!once.test(what)) return [];
    // What somebody wrote who is shadow-muted is told to them, and to the team besides.
    const told = `${what} to ${audience}`;
    if (seen.has(told)) return [`the log has ${told} again, at ${seq}`];
    seen.add(told);
    return [];
  });
}

/** What a moderator was told is done is done, unless a later act has undone it. */
export function findUndoneModeration(deeds: readonly Deed[], { messages }: WrittenRows): string[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  return deeds.flatMap(({ what, answer }) => {
    if (what.kind !== "moderation" || !answer?.ok) return [];
    const { pinned, deleted, state } = byId.get(what.messageId)!;
    const done = {
      pin: pinned || deleted,
      delete: deleted,
      approve: state === "visible",
      refuse: deleted,
    };
    return done[what.act] ? [] : [`to ${what.act} ${what.messageId} was acknowledged, and is not done`];
  });
}

function maySee({ audience, userId }: WrittenEvent, listener: Omit<Listener, "told">): boolean {
  if (audience === "all" || userId === listener.userId) return true;
  return audience !== "user" && listener.isStaff;
}

/** Everyone was told everything they may see, once, in order, and nothing else. */
export function findMistold(listeners: readonly Listener[], { events }: WrittenRows): string[] {
  return listeners.flatMap((listener) => {
    const { told, name } = listener;
    const expected = new Map(
      events
        .filter((event) => event.seq > (told.from ?? 0) && maySee(event, listener))
        .map(({ seq, what }) => [seq, what]),
    );
    const missing = [...expected].filter(([seq, what]) => told.events.get(seq) !== what);
    const uninvited = [...told.events].filter(([seq]) => !expected.has(seq));
    const say = (what: string, list: readonly unknown[]) =>
      list.length === 0 ? [] : [`${name} ${what} (${list.length}): ${JSON.stringify(list.slice(0, 4))}`];
    return [
      ...(told.from === null ? [`${name} never joined`] : []),
      ...say("was not told", missing),
      ...say("was told what is not for them", uninvited),
      ...say("was told too late", told.late),
      ...say("was given a snapshot instead of what was missed", told.leaps),
    ];
  });
}

/** Dropping what comes again is the library's own work. */
export function findHandedOnTwice(listeners: readonly Listener[]): string[] {
  return listeners.flatMap(({ name, told }) =>
    told.repeated === 0 ? [] : [`${name} was handed ${told.repeated} events twice`],
  );
}

/** The last answer of each person counts; who has one that is not known is left out. */
function lastAnswered<K extends Deed["what"]["kind"]>(
  deeds: readonly Deed[],
  kind: K,
  of: (what: Extract<Deed["what"], { kind: K }>) => string,
) {
  const last = new Map<string, Deed | null>();
  for (const deed of deeds) {
    if (deed.what.kind !== kind) continue;
    const key = `${deed.userId} ${of(deed.what as Extract<Deed["what"], { kind: K }>)}`;
    if (deed.answer === null) last.set(key, null);
    else if (deed.answer.ok && last.get(key) !== null) last.set(key, deed);
  }
  return last;
}

export function findWrongVotes(deeds: readonly Deed[], rows: WrittenRows): string[] {
  const findings: string[] = [];
  for (const [key, deed] of lastAnswered(deeds, "vote", ({ pollId }) => pollId)) {
    if (deed === null || deed.what.kind !== "vote") continue;
    const { pollId, optionIds } = deed.what;
    const found = rows.votes.filter((row) => row.pollId === pollId && row.userId === deed.userId);
    const is = found.map(({ optionId }) => optionId).sort();
    if (is.join() !== [...optionIds].sort().join())
      findings.push(`the vote of ${key} was acknowledged as ${optionIds} and is ${is}`);
  }
  for (const [key, deed] of lastAnswered(deeds, "upvote", ({ questionId }) => questionId)) {
    if (deed === null || deed.what.kind !== "upvote") continue;
    const { questionId, upvoted } = deed.what;
    const is = rows.upvotes.some((row) => row.questionId === questionId && row.userId === deed.userId);
    if (is !== upvoted) findings.push(`the upvote of ${key} was acknowledged as ${upvoted} and is ${is}`);
  }
  return findings;
}

/** Counters in rows are what the rows beside them add up to. */
export function findWrongCounters(rows: WrittenRows): string[] {
  const polls = rows.polls.flatMap(({ id, voters, options }) => {
    const votes = rows.votes.filter(({ pollId }) => pollId === id);
    const people = new Set(votes.map(({ userId }) => userId)).size;
    return [
      ...(people === voters ? [] : [`poll ${id} says ${voters} voters and has ${people}`]),
      ...Object.entries(options).flatMap(([optionId, count]) => {
        const cast = votes.filter((vote) => vote.optionId === optionId).length;
        return cast === count ? [] : [`option ${optionId} says ${count} votes and has ${cast}`];
      }),
    ];
  });
  const questions = rows.questions.flatMap(({ id, upvotes }) => {
    const cast = rows.upvotes.filter(({ questionId }) => questionId === id).length;
    return cast === upvotes ? [] : [`question ${id} says ${upvotes} upvotes and has ${cast}`];
  });
  return [...polls, ...questions];
}

/** The last totals each person was told are those of the rows, as far as they may see them. */
export function findWrongTotals(listeners: readonly Listener[], rows: WrittenRows): string[] {
  return listeners.flatMap((listener) => {
    const { name, userId, isStaff, told } = listener;
    const known = new Set(rows.events.filter((event) => maySee(event, listener)).map(({ what }) => what));
    const polls = rows.polls.flatMap(({ id, voters, hidden, options }) => {
      const voted = rows.votes.some((vote) => vote.pollId === id && vote.userId === userId);
      if (hidden && !isStaff && !voted) return [];
      const last = told.polls.get(id);
      const same =
        last?.totalVotes === voters &&
        Object.entries(options).every(([key, count]) => last.votes[key] === count);
      return same ? [] : [`${name} was told ${JSON.stringify(last)} of poll ${id} (${voters} voters)`];
    });
    const questions = rows.questions.flatMap(({ id, upvotes }) => {
      if (!known.has(`question:new ${id}`)) return [];
      const last = told.questions.get(id);
      return last === upvotes ? [] : [`${name} was told ${last} upvotes of question ${id} (${upvotes})`];
    });
    return [...polls.slice(0, 2), ...questions.slice(0, 2)];
  });
}
