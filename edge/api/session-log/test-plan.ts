/** Plans commands in tests as a commit does, on facts that the test makes. */
import type { CommitCommand, CommitResult } from "../../protocol/internal-rooms.ts";
import type { SessionCommandOf } from "../../protocol/session-commands.ts";
import { type CommitPlan, planCommit } from "./commit-plan.ts";
import type { CommitPerson, CommitSession, SessionFeature } from "./session-planner.ts";

export const testNow = Date.parse("2026-01-01T12:00:00Z");

export function testPerson(id: string, more: Partial<CommitPerson> = {}): CommitPerson {
  return {
    id,
    globalRole: "attendee",
    memberRole: null,
    joined: true,
    banned: false,
    name: id.slice(4),
    avatarUrl: null,
    mute: null,
    ...more,
  };
}

export function testSession(more: Partial<CommitSession> = {}): CommitSession {
  return {
    id: "ses_a",
    eventId: "evt_a",
    event: { status: "live", visibility: "public" },
    head: 41,
    version: 1,
    chatEnabled: true,
    chatModerated: false,
    slowModeSeconds: 0,
    blockedWords: [],
    blockedWordsAction: "hold",
    duplicateSeconds: 0,
    questionsEnabled: true,
    questionsModerated: false,
    pollsEnabled: true,
    askersVisibleToStaff: false,
    ...more,
  };
}

let refs = 0;
/** A command under a ref of its own. */
export function testCommand<Type extends CommitCommand["type"]>(
  userId: string,
  type: Type,
  data: SessionCommandOf<Type>["data"],
  ref = `ref-${++refs}`,
): CommitCommand {
  return { userId, ref, type, data } as unknown as CommitCommand;
}

let ids = 0;
/** Plans commands of one feature. Its facts and the people are left as the commands have changed them. */
export function planWith<Command extends CommitCommand, Facts>(
  feature: SessionFeature<Command, Facts>,
  facts: Facts,
  people: readonly CommitPerson[],
  commands: readonly CommitCommand[],
  more: { session?: Partial<CommitSession>; answered?: Map<string, CommitResult>; now?: number } = {},
): CommitPlan {
  const loaded = { feature: feature as SessionFeature, facts };
  return planCommit(
    commands,
    {
      now: more.now ?? testNow,
      session: testSession(more.session),
      people: new Map(people.map((person) => [person.id, person])),
      answered: more.answered ?? new Map(),
      features: new Map(feature.types.map((type) => [type, loaded])),
    },
    (kind) => `${kind}_${++ids}`,
  );
}

/** `ok`, or the code of the problem. */
export function codesOf({ results }: { results: readonly CommitResult[] }): string[] {
  return results.map((result) => (result.ok ? "ok" : result.problem.type.slice("/problems/".length)));
}

/** What was said to whom, shortly: `chat:message to all`, `chat:held to staff+usr_a`. */
export function saidBy({ events }: Pick<CommitPlan, "events">): string[] {
  return events.map(({ type, audience }) => {
    const { kind } = audience;
    const userId = audience.kind === "all" ? undefined : audience.userId;
    return `${type} to ${kind === "user" ? userId : userId === undefined ? kind : `${kind}+${userId}`}`;
  });
}
