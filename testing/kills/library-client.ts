import WebSocket from "ws";
import { connectRostrum } from "../../edge/client/connect-rostrum.ts";
import type { ConnectionState, RealtimeClient } from "../../edge/client/realtime-client.ts";
import type { SessionSaid } from "../../edge/client/session-room.ts";
import { type Numbered, ToldRecord } from "./told-record.ts";

/** One person in one session through our own client library: what it hands on is what is recorded. */
export class LibraryClient {
  readonly told = new ToldRecord();
  readonly closes = new Map<number, number>();
  viewers: { count: number } | null = null;
  joined = false;
  /** What it said of its connection, in order. */
  readonly states: string[] = [];
  readonly #settings: { url: string; token: string; sessionId: string };
  #client: RealtimeClient | null = null;

  /** `url` is that of Rostrum, `http://host`. */
  constructor(settings: { url: string; token: string; sessionId: string }) {
    this.#settings = settings;
  }

  open(): void {
    const { url, token, sessionId } = this.#settings;
    const onConnection = (state: ConnectionState) => {
      if (state.status !== "open") this.joined = false;
      this.states.push(state.status === "ended" ? `ended: ${state.reason}` : state.status);
    };
    this.#client = connectRostrum({ url, token, WebSocket, onConnection });
    const session = this.#client.session(sessionId);
    session.on("joined", ({ seq, snapshot, mine }) => {
      this.told.joined({ seq, mine, ...(snapshot === null ? {} : { snapshot }) });
      this.joined = true;
    });
    session.on("refused", ({ type }) => this.states.push(type));
    session.on("said", (message) => this.#hear(message));
  }

  close(): void {
    this.#client?.close();
  }

  #hear(message: SessionSaid): void {
    if (message.type === "viewers:count") this.viewers = message.data;
    else if (message.type === "poll:vote") this.told.pollTotal(message.data);
    else if (message.type === "question:upvote") this.told.questionTotal(message.data);
    else if ("seq" in message) this.told.event(message as Numbered);
  }
}
