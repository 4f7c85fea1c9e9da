import * as v from "valibot";
import type { Mine, SessionSnapshot } from "../protocol/engagement.ts";
import type { ProblemBody } from "../protocol/problem.ts";
import { EventState, type ServerMessage, SessionJoined, type Standing } from "../protocol/realtime.ts";
import type { CommandFrame } from "./pending-commands.ts";
import {
  type EventMessage,
  isLogEvent,
  type ServerMessageOf,
  type SessionEvent,
  type SessionMessage,
} from "./server-frame.ts";
import { SessionResume } from "./session-resume.ts";

/** The answer to joining a session, or joining it again. */
export interface SessionStart {
  /** The state as of this seq. What comes after it follows as events. */
  seq: number;
  /** Replaces what was known; null when what was missed follows instead. */
  snapshot: SessionSnapshot | null;
  mine: Mine;
  standing: Standing;
}

export interface SessionListener {
  joined(start: SessionStart): void;
  /** Each log event once, and in order but for repeats of a resume; totals as they come. */
  said(message: SessionMessage | ServerMessageOf<"viewers:count">): void;
  /** The room may not be joined as who we are now. */
  refused(problem: ProblemBody): void;
}

export interface EventListener {
  joined(state: EventState): void;
  said(message: EventMessage | ServerMessageOf<"viewers:count">): void;
  refused(problem: ProblemBody): void;
}

const joinAnswerMs = 6_000;
const onlooker: Standing = { staff: false, team: false, member: false };

type JoinOutcome = "joined" | "ask-again" | "not-understood";

/** One room that the client wants to be in; whether it is, and when to ask (again). */
export abstract class RoomMembership {
  readonly room: string;
  joined = false;
  #ref: string | null = null;
  #askAt = 0;
  #refusals = 0;

  protected constructor(room: string) {
    this.room = room;
  }

  isDue(now: number): boolean {
    return !this.joined && now >= this.#askAt;
  }

  joinFrame(ref: string, now: number): CommandFrame {
    this.#ref = ref;
    this.#askAt = now + joinAnswerMs;
    return this.joinCommand(ref);
  }

  /** True when the ack was this room's. */
  acknowledged(ref: string, data: unknown, now: number): boolean {
    if (ref !== this.#ref) return false;
    this.#ref = null;
    this.#refusals = 0;
    const outcome = this.answered(data);
    this.joined = outcome === "joined";
    if (outcome === "ask-again") this.#askAt = now;
    if (outcome === "not-understood") this.#askAt = now + joinAnswerMs;
    return true;
  }

  /** True when the error was this room's. What may pass is asked again; what is a verdict is told and left. */
  refused(ref: string, problem: ProblemBody, now: number): boolean {
    if (ref !== this.#ref) return false;
    this.#ref = null;
    this.#refusals += 1;
    const mayPass = problem.status >= 500 || problem.status === 429;
    const delayMs = (problem.retryAfterSeconds ?? Math.min(15, 2 ** this.#refusals)) * 1000;
    this.#askAt = mayPass ? now + delayMs : Number.POSITIVE_INFINITY;
    if (!mayPass) this.verdict(problem);
    return true;
  }

  /** The socket is gone, or the room is to be joined anew on it. */
  disconnected(): void {
    this.joined = false;
    this.#ref = null;
    this.#askAt = 0;
  }

  abstract leaveFrame(ref: string): CommandFrame;
  abstract heard(message: ServerMessage): void;
  protected abstract joinCommand(ref: string): CommandFrame;
  protected abstract answered(data: unknown): JoinOutcome;
  protected abstract verdict(problem: ProblemBody): void;
}

export class SessionMembership extends RoomMembership {
  #resume = new SessionResume<SessionEvent>();

  constructor(
    readonly sessionId: string,
    readonly listener: SessionListener,
  ) {
    super(`session:${sessionId}`);
  }

  passed(seq: number): void {
    this.#resume.passed(seq);
  }

  heard(message: ServerMessage): void {
    if (message.type === "viewers:count") {
      if (message.data.sessionId === this.sessionId) this.listener.said(message);
    } else if ("sessionId" in message && "data" in message && message.sessionId === this.sessionId) {
      if (!isLogEvent(message) || this.#resume.accept(message)) this.listener.said(message);
    }
  }

  override disconnected(): void {
    super.disconnected();
    this.#resume.disconnected();
  }

  /** For another person: nothing of what was heard counts. */
  forget(): void {
    this.#resume = new SessionResume();
  }

  leaveFrame(ref: string): CommandFrame {
    return { type: "session:leave", ref, data: { sessionId: this.sessionId } };
  }

  protected joinCommand(ref: string): CommandFrame {
    const { after } = this.#resume;
    return {
      type: "session:join",
      ref,
      data: { sessionId: this.sessionId, ...(after === undefined ? {} : { after }) },
    };
  }

  protected answered(data: unknown): JoinOutcome {
    const answer = v.safeParse(SessionJoined, data);
    if (!answer.success) return "not-understood";
    const { seq, snapshot = null, mine, standing = onlooker } = answer.output;
    const { outcome, early } = this.#resume.joined({ seq, hasSnapshot: snapshot !== null });
    if (outcome === "stale") return "ask-again";
    this.listener.joined({ seq, snapshot, mine, standing });
    for (const event of early) this.listener.said(event);
    return "joined";
  }

  protected verdict(problem: ProblemBody): void {
    this.listener.refused(problem);
  }
}

export class EventMembership extends RoomMembership {
  constructor(
    readonly eventId: string,
    readonly listener: EventListener,
  ) {
    super(`event:${eventId}`);
  }

  heard(message: ServerMessage): void {
    if (message.type === "viewers:count") {
      if (message.data.eventId === this.eventId) this.listener.said(message);
    } else if ("eventId" in message && message.eventId === this.eventId) this.listener.said(message);
  }

  leaveFrame(ref: string): CommandFrame {
    return { type: "event:leave", ref, data: { eventId: this.eventId } };
  }

  protected joinCommand(ref: string): CommandFrame {
    return { type: "event:join", ref, data: { eventId: this.eventId } };
  }

  protected answered(data: unknown): JoinOutcome {
    const state = v.safeParse(EventState, data);
    if (!state.success) return "not-understood";
    this.listener.joined(state.output);
    return "joined";
  }

  protected verdict(problem: ProblemBody): void {
    this.listener.refused(problem);
  }
}
