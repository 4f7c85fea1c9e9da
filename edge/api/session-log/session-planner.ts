/**
 * What a feature (chat, questions, polls) brings to a session's commits. A commit locks the session's log, loads what
 * the features of its commands need, plans the commands one after the other, and writes what came of it: one
 * transaction, and as many statements for a thousand commands as for one.
 */
import type { Database } from "../../db/open-database.ts";
import type { Role } from "../../protocol/accounts.ts";
import type { ChatAuthor } from "../../protocol/chat.ts";
import type { IdentifierKind } from "../../protocol/identifier.ts";
import type { Audience, CommitCommand, PersonalNews, SessionTotal } from "../../protocol/internal-rooms.ts";
import type { ProblemCode, ProblemOptions } from "../../protocol/problem.ts";
import type { AuditAct } from "../audit/audit.ts";
import type { EventFacts, EventStanding } from "../events/event-access.ts";
import { effectiveRole } from "../streams/stream-access.ts";

/** The session as it is while its log is locked, with its settings. */
export interface CommitSession {
  id: string;
  eventId: string;
  event: EventFacts;
  /** The seq of the newest event, 0 for an empty log. */
  head: number;
  /** Grows with each change of the settings. */
  version: number;
  chatEnabled: boolean;
  chatModerated: boolean;
  slowModeSeconds: number;
  blockedWords: readonly string[];
  blockedWordsAction: "hold" | "refuse";
  duplicateSeconds: number;
  questionsEnabled: boolean;
  questionsModerated: boolean;
  pollsEnabled: boolean;
  askersVisibleToStaff: boolean;
}

/** Someone who sends a command or is named by one. This commit's own copy: planning may change it. */
export interface CommitPerson extends EventStanding {
  id: string;
  globalRole: Role;
  name: string;
  avatarUrl: string | null;
  /** Not over yet; `until` in milliseconds. A shadow mute must never show. */
  mute: { until: number; shadow: boolean } | null;
}

/** The person as others see them beside what they say. */
export function authorOf({ id, name, globalRole, memberRole, avatarUrl }: CommitPerson): ChatAuthor {
  return { id, name, role: effectiveRole(globalRole, memberRole), avatarUrl };
}

export interface Refusal {
  ok: false;
  code: ProblemCode;
  /** With `retryAfterSeconds` the refusal is not kept for the ref: the same command may be tried again. */
  options?: ProblemOptions;
}
export type Outcome = { ok: true; ack: unknown } | Refusal;

export function refuse(code: ProblemCode, options?: ProblemOptions): Refusal {
  return options === undefined ? { ok: false, code } : { ok: false, code, options };
}

export interface NewEvent {
  type: string;
  audience: Audience;
  data: unknown;
}

/** What planning one command sees and says. Say nothing for a command that is then refused. */
export interface CommitContext {
  /** The database's clock in milliseconds; the same for the whole batch, and rising with seq. */
  readonly now: number;
  /** `now` as ISO 8601. */
  readonly at: string;
  readonly session: CommitSession;
  /** The seq that the next event gets. */
  readonly nextSeq: number;
  /** Senders, and those whom commands name; undefined for who does not exist. */
  person(userId: string): CommitPerson | undefined;
  /** Appends to the log and answers the event's seq. */
  emit(event: NewEvent): number;
  /** What was counted anew; the newest of one poll or question replaces what was said of it before. */
  total(total: SessionTotal): void;
  /** What the person's own devices hear. */
  personal(news: PersonalNews): void;
  /** Written down under the command's sender, in the same transaction. */
  audit(act: AuditAct): void;
  newId(kind: IdentifierKind): string;
}

/**
 * `load` and `write` are set-based, and start all their statements at once: they travel over one connection and are
 * answered in turn. `plan` is pure but for `facts` and the people, which it changes as its command does, so that the
 * next command of the batch sees it; `write` writes what `facts` gathered.
 *
 * Before `plan` is asked, its sender exists, may see the event, is not banned, and has what `commandAccess` asks for.
 */
export interface SessionFeature<Command extends CommitCommand = CommitCommand, Facts = unknown> {
  readonly types: readonly Command["type"][];
  /** Users whom a command names, to be found by `context.person`. */
  names?(command: Command): readonly string[];
  /** Everything that `plan` will ask about, for all of this feature's commands in the batch. */
  load(tx: Database, session: CommitSession, commands: readonly Command[]): Promise<Facts>;
  plan(command: Command, sender: CommitPerson, facts: Facts, context: CommitContext): Outcome;
  /**
   * Says the totals and the personal news of a command that was done before, as they are now: whoever sends it again
   * may be a room that never heard how it went. Nothing else may come of it.
   */
  repeat?(command: Command, facts: Facts, context: CommitContext): void;
  /** `at`: the batch's time, ISO 8601. Nothing changed: no statement. */
  write(tx: Database, session: CommitSession, facts: Facts, at: string): readonly Promise<unknown>[];
}

/** The commands of the given types, as a commit has them. */
export type CommandOf<Type extends CommitCommand["type"]> = Extract<CommitCommand, { type: Type }>;

/** What one command does: refused, or done with what is acknowledged. Pure but for the facts and the context. */
export type Plan<Type extends CommitCommand["type"], Facts> = (
  command: CommandOf<Type>,
  sender: CommitPerson,
  facts: Facts,
  context: CommitContext,
) => Outcome;
