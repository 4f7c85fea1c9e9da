import type { JoinVerdict, Viewer } from "../../protocol/internal-rooms.ts";
import type { EventState } from "../../protocol/realtime.ts";
import { eventStateDiff, type RoomMessage } from "../event/event-state-diff.ts";
import { applyPublished } from "../event/published-state.ts";
import { FromEvent, readLinkMessage } from "../link-messages.ts";
import { unavailable } from "../problem-response.ts";
import type { ClientSocket } from "./client-socket.ts";
import { type FramePart, framePart } from "./delivery.ts";
import { GatheredCalls } from "./gathered-calls.ts";
import { askAgainOnce, type GatewayHost, JoinedRoom } from "./joined-room.ts";

/** An event as one gateway sees it: its state as the room last said it, and what has changed since the last flush. */
export class JoinedEvent extends JoinedRoom<null> {
  #state: EventState | null = null;
  #fresh: string[] = [];
  readonly #verdicts: GatheredCalls<Viewer, JoinVerdict>;
  readonly #states: GatheredCalls<null, { state: EventState | null }>;

  constructor(host: GatewayHost, id: string) {
    super(host, "event", id);
    this.#verdicts = new GatheredCalls({ gatherMs: 5, limit: 200, atOnce: 2 }, async (viewers) => {
      const answer = await askAgainOnce((asked) => host.api.joinEvent(id, asked), viewers);
      if (answer.ok) return answer.value.verdicts;
      return viewers.map(() => ({ allowed: false, problem: answer.problem }));
    });
    this.#states = new GatheredCalls({ gatherMs: 1, limit: 10_000, atOnce: 100 }, async (askers) => {
      const state = await this.question<EventState>({ kind: "state" });
      return askers.map(() => ({ state }));
    });
  }

  /** The ack's state comes over the link, so that every later change follows it there in order. */
  async join(socket: ClientSocket, ref: string): Promise<void> {
    const verdict = await this.#verdicts.ask(socket.viewer);
    if (!verdict.allowed) return socket.refuse(ref, verdict.problem);
    if (!(await this.whenWelcomed())) return socket.refuse(ref, unavailable());
    const { state } = await this.#states.ask(null);
    if (state === null) return socket.refuse(ref, unavailable());
    if (!socket.isOpen) return;
    socket.ack(ref, JSON.stringify(state));
    this.enter(socket, null);
  }

  protected resumePoint(): null {
    return null;
  }

  protected receive(raw: unknown): void {
    const message = readLinkMessage(FromEvent, raw);
    switch (message?.kind) {
      case "welcome":
        this.welcomed();
        // What changed while the link was down is seen by comparing.
        if (this.#state !== null) void this.question({ kind: "state" });
        return;
      case "state":
        if (message.state !== null && this.#state !== null)
          this.#say(eventStateDiff(this.#state, message.state));
        this.#state = message.state ?? this.#state;
        this.answered(message.id, message.state);
        return;
      case "messages":
        this.#state = applyPublished(this.#state, message.messages).state;
        this.#say(message.messages);
        return;
      case "viewers": {
        const data = { eventId: this.id, count: message.count, peak: message.peak };
        this.setViewers(JSON.stringify({ type: "viewers:count", data }));
      }
    }
  }

  #say(messages: readonly RoomMessage[]): void {
    for (const { type, data } of messages) {
      this.#fresh.push(JSON.stringify({ type, eventId: this.id, data }));
    }
    if (messages.length > 0) this.host.queued(this);
  }

  protected takeBatch(soft: boolean): (() => FramePart) | null {
    const texts = [...this.#fresh, ...(soft ? this.takeViewers() : [])];
    this.#fresh = [];
    if (texts.length === 0) return null;
    const part = framePart(texts);
    return () => part;
  }

  sweep(): void {}
}
