import * as v from "valibot";
import { RealtimeClient } from "../../edge/client/realtime-client.ts";
import type { SessionRoom } from "../../edge/client/session-room.ts";
import { RealtimeTicket } from "../../edge/protocol/realtime.ts";
import type { ViewerNetwork } from "./viewer-network.ts";

export interface RoomPlace {
  url: string;
  sessionId: string;
  network: ViewerNetwork;
  headers: Record<string, string>;
}

/** A device's socket in a session, by our own library; it comes back by itself until it is closed. */
export class RoomVisit {
  readonly #client: RealtimeClient;
  readonly #room: SessionRoom;
  /** Resolves when it is in. */
  readonly joined: Promise<void>;

  constructor({ url, sessionId, network, headers }: RoomPlace) {
    this.#client = new RealtimeClient({
      urls: [`${url.replace("http", "ws")}/ws`],
      fetchTicket: async () => {
        const answer = await network.ask({ method: "POST", url: `${url}/api/realtime/ticket`, headers });
        return v.parse(RealtimeTicket, JSON.parse(answer?.text ?? "null"));
      },
      WebSocket: network.WebSocket,
    });
    this.#client.connect();
    this.#room = this.#client.session(sessionId);
    this.joined = new Promise((resolve) => {
      this.#room.on("joined", () => resolve());
    });
  }

  /** As clients without beats say how they watch; what cannot be said now is said the next time. */
  watches(playing: boolean): void {
    this.#room.watchState({ playing }).catch(() => {});
  }

  close(): void {
    this.#client.close();
  }
}
