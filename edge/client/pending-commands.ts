import type * as v from "valibot";
import { randomBase64Url } from "../protocol/identifier.ts";
import type { ClientFrame } from "../protocol/realtime.ts";

/** As it is written, where what has a default may be left out. */
export type CommandFrame = Exclude<v.InferInput<typeof ClientFrame>, { type: "ping" }>;
export type CommandOf<T extends CommandFrame["type"]> = Extract<CommandFrame, { type: T }>;

/** A ref for a new command. */
export function newRef(): string {
  return randomBase64Url(12);
}

interface Pending<T> {
  frame: CommandFrame;
  settlement: T;
  /** The room that must be joined first, or null. */
  room: string | null;
  deadlineAt: number;
  sentAt: number | null;
  notBefore: number;
  attempts: number;
}

export const commandTiming = {
  /** Nothing heard for this long: say it again, under the same ref. */
  answerMs: 6_000,
  /** Nobody should find a line in the chat a minute after they gave up on it. */
  deadlineMs: 30_000,
} as const;

/**
 * Commands on their way, by ref. Knows when each is to be said, said again, or given up; the caller owns the clock and
 * the socket. Times are milliseconds of any one clock. `T` is whatever settles the caller's promise.
 */
export class PendingCommands<T> {
  #byRef = new Map<string, Pending<T>>();

  get size(): number {
    return this.#byRef.size;
  }

  /** A ref that is pending already is refused: its first answer would be lost. */
  add(
    frame: CommandFrame,
    settlement: T,
    options: { room: string | null; now: number; deadlineMs?: number | undefined },
  ): void {
    if (this.#byRef.has(frame.ref)) throw new Error(`The ref ${frame.ref} is under way already`);
    this.#byRef.set(frame.ref, {
      frame,
      settlement,
      room: options.room,
      deadlineAt: options.now + (options.deadlineMs ?? commandTiming.deadlineMs),
      sentAt: null,
      notBefore: options.now,
      attempts: 0,
    });
  }

  /** Frames to send now, oldest first; they count as sent. `joined` says whether a room may be spoken to. */
  due(now: number, joined: (room: string) => boolean): CommandFrame[] {
    const frames: CommandFrame[] = [];
    for (const pending of this.#byRef.values()) {
      if (pending.room !== null && !joined(pending.room)) continue;
      if (now < pending.notBefore) continue;
      if (pending.sentAt !== null && now - pending.sentAt < commandTiming.answerMs) continue;
      pending.sentAt = now;
      pending.attempts += 1;
      frames.push(pending.frame);
    }
    return frames;
  }

  /** Takes out the command an answer belongs to; undefined for an answer that came twice. */
  settle(ref: string): T | undefined {
    const pending = this.#byRef.get(ref);
    this.#byRef.delete(ref);
    return pending?.settlement;
  }

  /** The server could not do it just now; it is said again later, unless that is past its deadline (false). */
  postpone(ref: string, now: number, retryAfterSeconds?: number): boolean {
    const pending = this.#byRef.get(ref);
    if (!pending) return false;
    const delay = retryAfterSeconds ? retryAfterSeconds * 1000 : Math.min(8000, 500 * 2 ** pending.attempts);
    if (now + delay >= pending.deadlineAt) return false;
    pending.notBefore = now + delay;
    pending.sentAt = null;
    return true;
  }

  /** Commands whose time is over, taken out. */
  expired(now: number): T[] {
    const settlements: T[] = [];
    for (const [ref, pending] of this.#byRef) {
      if (now < pending.deadlineAt) continue;
      this.#byRef.delete(ref);
      settlements.push(pending.settlement);
    }
    return settlements;
  }

  /** The socket is gone: what was said on it is said again on the next one. */
  disconnected(): void {
    for (const pending of this.#byRef.values()) pending.sentAt = null;
  }

  /** Everything, taken out: the client is closed. */
  drain(): T[] {
    const settlements = [...this.#byRef.values()].map(({ settlement }) => settlement);
    this.#byRef.clear();
    return settlements;
  }
}
