import { CommandRefused } from "../../client/command-refused.ts";
import type { FollowedSession } from "../../client/follow-session.ts";
import type { ConnectionState, RealtimeClient } from "../../client/realtime-client.ts";
import type { SessionRoom } from "../../client/session-room.ts";
import type { SessionView } from "../../client/session-view.ts";
import type { Session } from "../../protocol/events.ts";
import type { ProblemBody } from "../../protocol/problem.ts";
import type { Standing } from "../../protocol/realtime.ts";
import { ApiError } from "../shared/api-client.ts";
import type { Identity } from "../shared/identity.ts";
import { describeProblem, problemCode } from "../shared/problem-words.ts";
import type { SessionCalls } from "./session-calls.ts";

const onlooker: Standing = { staff: false, team: false, member: false };

/** What all panels of one session share: what is known, who looks on, and the ways to act. */
export class SessionContext {
  readonly identity: Identity;
  readonly realtime: RealtimeClient;
  readonly room: SessionRoom;
  readonly calls: SessionCalls;
  readonly followed: FollowedSession;
  /** Changes with `session:updated`. */
  session: Session;
  /** Why the session may not be joined; null while it may. */
  refusal: ProblemBody | null = null;
  #say: (words: string) => void;

  constructor(parts: {
    identity: Identity;
    realtime: RealtimeClient;
    room: SessionRoom;
    calls: SessionCalls;
    followed: FollowedSession;
    session: Session;
    /** Tells the person how something went. */
    say(words: string): void;
  }) {
    this.identity = parts.identity;
    this.realtime = parts.realtime;
    this.room = parts.room;
    this.calls = parts.calls;
    this.followed = parts.followed;
    this.session = parts.session;
    this.#say = parts.say;
  }

  get view(): SessionView {
    return this.followed.view;
  }

  get standing(): Standing {
    return this.identity.user ? (this.room.start?.standing ?? onlooker) : onlooker;
  }

  get connection(): ConnectionState {
    return this.realtime.state;
  }

  /** Signed in, and not kept out. A seat in the event is taken by the first thing one does. */
  get mayTakePart(): boolean {
    return this.identity.user !== null && this.refusal === null && this.connection.status !== "ended";
  }

  say(words: string): void {
    this.#say(words);
  }

  /** Speaking is joining: nobody takes a seat by only looking on. The team needs none. Throws ApiError. */
  async takePart(): Promise<void> {
    const { team, member } = this.standing;
    if (team || member) return;
    await this.calls.takeSeat();
    // What the rooms know of us is from before.
    this.room.rejoin();
  }

  /** Does something, and says `done`, or why it was not done. True when it was. */
  async attempt(action: () => Promise<unknown>, done = ""): Promise<boolean> {
    try {
      await action();
      if (done) this.say(done);
      return true;
    } catch (error) {
      this.say(describeProblem(this.problemOf(error)));
      return false;
    }
  }

  /** The problem of a refusal; anything else is thrown on. */
  problemOf(error: unknown): ProblemBody {
    if (!(error instanceof CommandRefused) && !(error instanceof ApiError)) throw error;
    if (problemCode(error.problem) === "unauthenticated") void this.identity.refresh();
    return error.problem;
  }
}
