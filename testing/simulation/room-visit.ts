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
  /** Seconds since the run began. */
  now(): number;
}

/** Gateways tell every five seconds, and again where the API was away: what is untold dies with them. */
const reportSeconds = 12;

/** A device's socket in a session, by our own library; it comes back by itself until it is closed. */
export class RoomVisit {
  readonly #client: RealtimeClient;
  readonly #room: SessionRoom;
  /** Resolves when it is in. */
  readonly joined: Promise<void>;
  /** When it was away, and what the gateway had not told of when it went. */
  readonly breaks: { from: number; to: number }[] = [];
  #brokenAt: number | null = null;

  constructor({ url, sessionId, network, headers, now }: RoomPlace) {
    this.#client = new RealtimeClient({
      urls: [`${url.replace("http", "ws")}/ws`],
      fetchTicket: async () => {
        const answer = await network.ask({ method: "POST", url: `${url}/api/realtime/ticket`, headers });
        return v.parse(RealtimeTicket, JSON.parse(answer?.text ?? "null"));
      },
      WebSocket: network.WebSocket,
      onConnection: ({ status }) => {
        if (status === "reconnecting") this.#brokenAt ??= now() - reportSeconds;
      },
    });
    this.#client.connect();
    this.#room = this.#client.session(sessionId);
    this.joined = new Promise((resolve) => {
      this.#room.on("joined", () => {
        if (this.#brokenAt !== null) this.breaks.push({ from: this.#brokenAt, to: now() });
        this.#brokenAt = null;
        resolve();
      });
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
