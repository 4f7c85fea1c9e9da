import type { Viewer } from "../../protocol/internal-rooms.ts";
import { describeError } from "../../protocol/log.ts";
import type { ProblemBody } from "../../protocol/problem.ts";
import { realtimeLimits } from "../../protocol/realtime.ts";
import { roomsLog } from "../internal-guard.ts";
import type { PartyConnection } from "../party.ts";
import { unavailable } from "../problem-response.ts";
import { FrameBudget } from "./frame-budget.ts";
import { Outflow } from "./outflow.ts";

/** One client's socket: who it is, when it was heard, and what waits for the next flush for it alone. */
export class ClientSocket {
  readonly connection: PartyConnection;
  readonly viewer: Viewer;
  readonly expiresAt: number;
  readonly budget: FrameBudget;
  readonly outflow = new Outflow();
  heardAt: number;
  isOpen = true;
  #own: string[] = [];
  readonly #queued: (socket: ClientSocket) => void;
  readonly #work = new Map<string, Promise<void>>();

  /** `queued` is told when something waits for the next flush. */
  constructor(
    connection: PartyConnection,
    viewer: Viewer,
    now: number,
    queued: (socket: ClientSocket) => void,
  ) {
    this.connection = connection;
    this.viewer = viewer;
    this.expiresAt = Date.parse(viewer.expiresAt);
    this.heardAt = now;
    this.budget = new FrameBudget(realtimeLimits.framesPerSecond, now);
    this.#queued = queued;
  }

  /** `texts`: serialised messages, in order. */
  queue(...texts: string[]): void {
    if (!this.isOpen || texts.length === 0) return;
    this.#own.push(...texts);
    this.#queued(this);
  }

  /** `data` is JSON text, so that what many are told is serialised once. */
  ack(ref: string, data: string): void {
    this.queue(`{"type":"ack","ref":${JSON.stringify(ref)},"data":${data}}`);
  }

  refuse(ref: string | null, problem: ProblemBody): void {
    this.queue(JSON.stringify({ type: "error", ref, problem }));
  }

  heard(now: number): void {
    this.heardAt = now;
    this.outflow.heard();
  }

  get hasQueued(): boolean {
    return this.#own.length > 0;
  }

  takeQueued(): string[] {
    const own = this.#own;
    if (own.length > 0) this.#own = [];
    return own;
  }

  /** How many rooms this socket is busy with. */
  get busyRooms(): number {
    return this.#work.size;
  }

  /**
   * Runs this socket's commands about one room one after the other, so that a message sent right behind a join waits
   * for it. A failure is answered under `ref`.
   */
  inOrder(room: string, ref: string, work: () => void | Promise<void>): void {
    const before = this.#work.get(room) ?? Promise.resolve();
    const mine: Promise<void> = before.then(async () => {
      try {
        if (this.isOpen) await work();
      } catch (error) {
        roomsLog.error("command-failed", { room, error: describeError(error) });
        this.refuse(ref, unavailable());
      }
      if (this.#work.get(room) === mine) this.#work.delete(room);
    });
    this.#work.set(room, mine);
  }
}
