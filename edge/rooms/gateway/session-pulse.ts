import type { LogEvent } from "../../protocol/internal-rooms.ts";
import { type ProblemBody, problemBody } from "../../protocol/problem.ts";
import { realtimeLimits } from "../../protocol/realtime.ts";
import type { EdgeApi } from "../edge-api.ts";
import type { ToSession } from "../link-messages.ts";
import { ReactionTally } from "../reaction-tally.ts";
import { TypingPeople } from "../typing-people.ts";
import { ActivityReports } from "./activity-reports.ts";
import type { ClientCommand } from "./client-frame.ts";
import type { ClientSocket } from "./client-socket.ts";
import { FrameBudget } from "./frame-budget.ts";
import { Silenced } from "./silenced.ts";
import { WatchClock } from "./watch-clock.ts";

/** Different emoji that are said of one moment. */
const mostEmoji = 20;
/** How often the room hears of one kind, at most. */
const typingGapMs = 1000;
const reactionsGapMs = 500;

export type PulseCommand = Extract<ClientCommand, { type: "chat:typing" | "reaction:send" | "watch:state" }>;

/** What people of one gateway do in a session that is no command: they type, react and watch. */
export class SessionPulse {
  readonly #tell: (message: ToSession) => boolean;
  readonly #named: () => void;
  readonly #typing = new TypingPeople(realtimeLimits.typingSeconds * 1000);
  #isTypingTold = true;
  #typingToldAt = 0;
  #reactionsToldAt = 0;
  readonly #reactions = new ReactionTally();
  readonly #budgets = new Map<string, FrameBudget>();
  readonly #watching = new WatchClock();
  readonly #activity: ActivityReports;
  readonly silenced = new Silenced();

  /** `tell` answers false while the room is away. `named`: the API knows of more people than before. */
  constructor(
    sessionId: string,
    api: EdgeApi,
    { tell, named }: { tell: (message: ToSession) => boolean; named: () => void },
  ) {
    this.#tell = tell;
    this.#named = named;
    this.#activity = new ActivityReports(
      this.#watching,
      async (report) => (await api.reportActivity(sessionId, report)).ok,
    );
  }

  /** The problem, or null when it was taken. `mayTakePart`: a member of the event. */
  carryOut(
    socket: ClientSocket,
    mayTakePart: boolean,
    command: PulseCommand,
    now: number,
  ): ProblemBody | null {
    if (command.type === "watch:state") {
      this.#watching.said(socket.viewer, socket, command.data, now);
      return null;
    }
    const { userId, readOnly } = socket.viewer;
    if (readOnly || userId === null) return problemBody("read-only");
    if (!mayTakePart) return problemBody("forbidden", { detail: "Join the event first" });
    if (command.type === "reaction:send") return this.#react(userId, command.data.emoji, now);
    // Those who may not be heard are not told so: who is shadow-muted must not notice.
    if (this.silenced.has(userId, now)) return null;
    if (this.#typing.typed(userId, socket.viewer.name ?? "", now)) this.#isTypingTold = false;
    this.#tellTyping(now);
    return null;
  }

  stoppedTyping(viewerId: string): void {
    if (this.#typing.stopped(viewerId)) this.#isTypingTold = false;
  }

  isTyping(viewerId: string): boolean {
    return this.#typing.has(viewerId);
  }

  #react(userId: string, emoji: string, now: number): ProblemBody | null {
    const budget = this.#budgets.get(userId) ?? new FrameBudget(realtimeLimits.reactionsPerSecond, now);
    this.#budgets.set(userId, budget);
    if (!budget.spend(now)) return problemBody("too-many-requests", { retryAfterSeconds: 1 });
    if (this.silenced.has(userId, now)) return null;
    this.#reactions.add(emoji);
    this.#activity.reacted(userId, emoji);
    this.#tellReactions(now);
    return null;
  }

  /** Somebody's first socket, and their last. */
  came({ viewer }: ClientSocket): void {
    this.#activity.rollCall.came(viewer);
  }

  wentAway({ viewer }: ClientSocket, now: number): void {
    this.#activity.rollCall.left(viewer, now);
  }

  /** How many are here of whom the API may not know. */
  get unnamed(): number {
    return this.#activity.rollCall.unnamed;
  }

  left(socket: ClientSocket, now: number): void {
    const { viewerId } = socket.viewer;
    this.#watching.gone(viewerId, socket, now);
    this.stoppedTyping(viewerId);
  }

  see(event: Pick<LogEvent, "type" | "data">): void {
    this.silenced.see(event);
  }

  get isIdle(): boolean {
    return this.#activity.isIdle;
  }

  /** The room is new, and has heard nothing of who types here. */
  linkOpened(): void {
    if (this.#typing.state().count > 0) this.#isTypingTold = false;
  }

  /** About once a second. */
  tick(now: number): void {
    if (this.#typing.expire(now)) this.#isTypingTold = false;
    this.#tellTyping(now);
    this.#tellReactions(now);
    for (const [userId, budget] of this.#budgets) if (budget.isFull(now)) this.#budgets.delete(userId);
    this.silenced.forgetOver(now);
    void this.#activity.tick(now).then(this.#named);
  }

  #tellTyping(now: number): void {
    if (this.#isTypingTold || now - this.#typingToldAt < typingGapMs) return;
    this.#isTypingTold = this.#tell({ kind: "typing", ...this.#typing.state() });
    this.#typingToldAt = now;
  }

  #tellReactions(now: number): void {
    if (this.#reactions.isEmpty || now - this.#reactionsToldAt < reactionsGapMs) return;
    this.#tell({ kind: "reactions", counts: this.#reactions.take(mostEmoji) });
    this.#reactionsToldAt = now;
  }
}
