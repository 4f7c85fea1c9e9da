import type { ProblemBody } from "../protocol/problem.ts";
import type { ServerMessage } from "../protocol/realtime.ts";
import { EventRoom } from "./event-room.ts";
import type { RoomMembership } from "./memberships.ts";
import { type CommandFrame, newRef } from "./pending-commands.ts";
import { SessionRoom } from "./session-room.ts";

/** The rooms that the client wants to be in: what is said reaches them here, whichever it is for. */
export class RoomRegister {
  readonly #rooms = new Map<string, SessionRoom | EventRoom>();

  session(sessionId: string): SessionRoom | null {
    const room = this.#rooms.get(`session:${sessionId}`);
    return room instanceof SessionRoom ? room : null;
  }

  event(eventId: string): EventRoom | null {
    const room = this.#rooms.get(`event:${eventId}`);
    return room instanceof EventRoom ? room : null;
  }

  add(room: SessionRoom | EventRoom): void {
    this.#rooms.set(room.membership.room, room);
  }

  /** False when it is here no more, be it that another has its place. */
  remove(membership: RoomMembership): boolean {
    if (this.#rooms.get(membership.room)?.membership !== membership) return false;
    return this.#rooms.delete(membership.room);
  }

  hasJoined(room: string): boolean {
    return this.#rooms.get(room)?.membership.joined ?? false;
  }

  /** What asks, now, to join whatever is not joined. */
  dueJoins(now: number): CommandFrame[] {
    const frames: CommandFrame[] = [];
    for (const { membership } of this.#rooms.values())
      if (membership.isDue(now)) frames.push(membership.joinFrame(newRef(), now));
    return frames;
  }

  heard(message: ServerMessage): void {
    // Whoever leaves a room on hearing it is told no more there.
    for (const { membership } of this.#rooms.values()) membership.heard(message);
  }

  /** Events up to there are not for us. */
  passed(sessionId: string, seq: number): void {
    this.session(sessionId)?.membership.passed(seq);
  }

  /** True when the ack was a room's. */
  acknowledged(ref: string, data: unknown, now: number): boolean {
    for (const { membership } of this.#rooms.values())
      if (membership.acknowledged(ref, data, now)) return true;
    return false;
  }

  /** True when the error was a room's. */
  refused(ref: string, problem: ProblemBody, now: number): boolean {
    for (const { membership } of this.#rooms.values()) if (membership.refused(ref, problem, now)) return true;
    return false;
  }

  disconnected(): void {
    for (const { membership } of this.#rooms.values()) membership.disconnected();
  }

  /** For another person: nothing of what was heard counts. */
  forget(): void {
    for (const room of this.#rooms.values()) room.forget();
  }
}
