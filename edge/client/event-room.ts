import type { ProblemBody } from "../protocol/problem.ts";
import type { EventState } from "../protocol/realtime.ts";
import { Listeners } from "./listeners.ts";
import { EventMembership } from "./memberships.ts";
import type { EventMessage, ServerMessageOf } from "./server-frame.ts";

type EventSaid = EventMessage | ServerMessageOf<"viewers:count">;
export type EventHappenings = { [T in EventSaid["type"]]: ServerMessageOf<T> } & {
  /** Joined, or joined again after the connection was lost. */
  joined: EventState;
  /** The event may not be joined as who we are now. */
  refused: ProblemBody;
};

/** An event one is in: its streams' status, changes of its sessions, announcements. */
export class EventRoom {
  readonly eventId: string;
  readonly membership: EventMembership;
  #leave: () => void;
  #listeners = new Listeners<EventHappenings>();

  constructor(eventId: string, actions: { leave(): void }) {
    this.eventId = eventId;
    this.#leave = actions.leave;
    this.membership = new EventMembership(eventId, {
      joined: (state) => this.#listeners.tell("joined", state),
      said: (message) => this.#listeners.tell(message.type, message as never),
      refused: (problem) => this.#listeners.tell("refused", problem),
    });
  }

  /** The returned function takes the listener away. */
  on<K extends keyof EventHappenings>(
    type: K,
    listener: (happening: EventHappenings[K]) => void,
  ): () => void {
    return this.#listeners.on(type, listener);
  }

  /** As in a session; nothing is kept of an event. */
  forget(): void {}

  /** For good; until then it is joined again after every break. */
  leave(): void {
    this.#leave();
  }
}
