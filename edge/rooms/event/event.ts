/**
 * The event party: what everyone in an event hears that has no seq. The API publishes changes here; and because a
 * call can be lost, an occupied room reads the state again every few seconds and says what it had not heard.
 */
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import { EventPublishRequest } from "../../protocol/internal-rooms.ts";
import type { EventState } from "../../protocol/realtime.ts";
import { EdgeApi } from "../edge-api.ts";
import { failure, guarded, internalDoor } from "../internal-guard.ts";
import { readLinkMessage, ToEvent } from "../link-messages.ts";
import { Occupancy } from "../occupancy.ts";
import { actionOf, closeQuietly, type PartyConnection, type PartyRequest, type PartyRoom } from "../party.ts";
import { problemResponse } from "../problem-response.ts";
import { requireEnvironment } from "../rooms-environment.ts";
import { eventStateDiff, type RoomMessage } from "./event-state-diff.ts";
import { applyPublished } from "./published-state.ts";

const readEveryMs = 5000;
/** Who comes to an event is named by the session that they go on to, about so soon. */
const namedWithinMs = 3000;

const EventId = identifier("event");
const door = internalDoor("event", (room) => v.is(EventId, room));

export default class Event {
  readonly #id: string;
  readonly #api: EdgeApi;
  readonly #occupancy: Occupancy;
  #state: EventState | null = null;
  /** Grows with every publish: a read that was under way then may be older than what was published. */
  #published = 0;
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #readAt = 0;

  static readonly onBeforeConnect = door.onBeforeConnect;
  static readonly onBeforeRequest = door.onBeforeRequest;

  constructor(room: PartyRoom) {
    this.#id = room.id;
    this.#api = new EdgeApi(requireEnvironment(room.env));
    this.#occupancy = new Occupancy({
      report: async (counts) => {
        const answer = await this.#api.reportPresence({ eventId: this.#id, ...counts });
        return answer.ok ? (answer.value?.peak ?? counts.peak) : null;
      },
      others: async () => {
        const answer = await this.#api.others("events", this.#id);
        return answer && { others: answer.others, ageMs: answer.ageMs + namedWithinMs };
      },
      tick: (now) => this.#readAgain(now),
    });
  }

  onMessage(raw: unknown, gateway: PartyConnection) {
    return guarded(
      "event.onMessage",
      () => this.#receive(raw, gateway),
      () => undefined,
    );
  }

  onClose(gateway: PartyConnection) {
    this.#occupancy.gone(gateway);
    closeQuietly(gateway);
    if (!this.#occupancy.occupied) this.#state = null;
  }

  onError(gateway: PartyConnection) {
    this.onClose(gateway);
  }

  onRequest(request: PartyRequest) {
    return guarded("event.onRequest", () => this.#answer(request), failure);
  }

  /** `publish {messages}`: 204 when everyone who is here was told. */
  async #answer(request: PartyRequest): Promise<Response> {
    if (actionOf(request) !== "publish") return problemResponse("not-found");
    if (request.method !== "POST") return problemResponse("method-not-allowed");
    const publish = v.safeParse(EventPublishRequest, await request.json());
    if (!publish.success) return problemResponse("invalid");
    if (this.#occupancy.occupied) {
      this.#published++;
      const { state, news } = applyPublished(this.#state, publish.output.messages);
      this.#state = state;
      this.#say(news);
    }
    return new Response(null, { status: 204 });
  }

  async #receive(raw: unknown, gateway: PartyConnection): Promise<void> {
    const message = readLinkMessage(ToEvent, raw);
    this.#occupancy.heard(gateway);
    switch (message?.kind) {
      case "hello":
        this.#occupancy.hello(gateway, message.gateway, message.viewers, message.unnamed);
        return this.#occupancy.say(gateway, '{"kind":"welcome"}');
      case "viewers":
        return this.#occupancy.setViewers(gateway, message.viewers, message.unnamed);
      case "ping":
        return this.#occupancy.say(gateway, '{"kind":"pong"}');
      case "state": {
        await this.#readFresh();
        const answer = { kind: "state", id: message.id, state: this.#state };
        return this.#occupancy.say(gateway, JSON.stringify(answer));
      }
    }
  }

  #readAgain(now: number): void {
    if (this.#occupancy.occupied && now >= this.#readAt + readEveryMs) void this.#readFresh();
  }

  /** Resolves after a read that began no earlier than this call. Many callers share one read. */
  #readFresh(): Promise<void> {
    if (this.#next !== null) return this.#next;
    if (this.#reading === null) return this.#startReading();
    this.#next = this.#reading.then(() => {
      this.#next = null;
      return this.#startReading();
    });
    return this.#next;
  }

  #startReading(): Promise<void> {
    this.#reading = this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const published = this.#published;
      this.#readAt = Date.now();
      const answer = await this.#api.eventState(this.#id);
      if (!answer.ok) return;
      if (published !== this.#published) continue;
      const before = this.#state;
      this.#state = answer.value;
      if (before !== null) this.#say(eventStateDiff(before, answer.value));
      return;
    }
  }

  #say(messages: RoomMessage[]): void {
    if (messages.length > 0) this.#occupancy.broadcast(JSON.stringify({ kind: "messages", messages }));
  }
}
