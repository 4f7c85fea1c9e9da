import * as v from "valibot";
import type { SessionSnapshot } from "../protocol/engagement.ts";
import type { ProblemBody } from "../protocol/problem.ts";
import { EventState, type ServerMessage, SessionJoined, type ViewersCount } from "../protocol/realtime.ts";
import type { CommandFrame } from "./pending-commands.ts";
import type { SessionEvent } from "./server-frame.ts";
import { SessionResume } from "./session-resume.ts";

export interface SessionListener {
  /** Joined or joined again. A snapshot replaces what was known; without one, what was missed follows as events. */
  joined(snapshot: SessionSnapshot | null): void;
  event(event: SessionEvent): void;
  viewers(count: ViewersCount): void;
  /** The room may not be joined as who we are now. */
  refused(problem: ProblemBody): void;
}

export interface EventListener {
  joined(state: EventState): void;
  told(message: Extract<ServerMessage, { type: "stream:status" | "event:updated" | "viewers:count" }>): void;
  refused(problem: ProblemBody): void;
}

const joinAnswerMs = 6_000;

type JoinOutcome = "joined" | "ask-again" | "not-understood";

/** One room that the client wants to be in; whether it is, and when to ask (again). */
abstract class RoomMembership {
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

  disconnected(): void {
    this.joined = false;
    this.#ref = null;
    this.#askAt = 0;
  }

  abstract leaveFrame(ref: string): CommandFrame;
  abstract told(message: ServerMessage): void;
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

  event(event: SessionEvent): void {
    if (this.#resume.accept(event)) this.listener.event(event);
  }

  passed(seq: number): void {
    this.#resume.passed(seq);
  }

  told(message: ServerMessage): void {
    if (message.type === "viewers:count" && message.data.sessionId === this.sessionId) {
      this.listener.viewers(message.data);
    }
  }

  override disconnected(): void {
    super.disconnected();
    this.#resume.disconnected();
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
    const { seq, snapshot } = answer.output;
    const { outcome, early } = this.#resume.joined({ seq, hasSnapshot: snapshot !== undefined });
    if (outcome === "stale") return "ask-again";
    this.listener.joined(snapshot ?? null);
    for (const event of early) this.listener.event(event);
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

  told(message: ServerMessage): void {
    switch (message.type) {
      case "stream:status":
      case "event:updated":
        if (message.eventId === this.eventId) this.listener.told(message);
        return;
      case "viewers:count":
        if (message.data.eventId === this.eventId) this.listener.told(message);
        return;
      default:
        return;
    }
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
