import ReconnectingWebSocket, { type CloseEvent } from "partysocket/ws";
import * as v from "valibot";
import { ChatMessage } from "../protocol/chat.ts";
import { randomBase64Url } from "../protocol/identifier.ts";
import { type ProblemBody, problemBody } from "../protocol/problem.ts";
import { type RealtimeTicket, realtimeLimits, type ServerMessage } from "../protocol/realtime.ts";
import {
  type EventListener,
  EventMembership,
  type SessionListener,
  SessionMembership,
} from "./memberships.ts";
import { type CommandFrame, PendingCommands } from "./pending-commands.ts";
import { type EndReason, endReason, returnDelayMs } from "./reconnect-policy.ts";
import { parseServerFrame } from "./server-frame.ts";

export type ConnectionState =
  | { status: "connecting" | "reconnecting"; readOnly: boolean }
  | { status: "open"; readOnly: boolean }
  | { status: "ended"; readOnly: boolean; reason: EndReason | "closed" };

export interface RealtimeSettings {
  /** `wss://host/ws`, without a query. More than one: tried in turn until one of them has opened. */
  urls: [string, ...string[]];
  /** Asked for at every attempt: a ticket is good for one connection and 60 s. */
  fetchTicket(): Promise<RealtimeTicket>;
  onConnection?(state: ConnectionState): void;
  /** A WebSocket class where the runtime has none (Node 20: that of `ws`). */
  WebSocket?: unknown;
}

/** A command that was refused, or was not answered before its deadline (`unavailable`). */
export class CommandRefused extends Error {
  override readonly name = "CommandRefused";
  constructor(readonly problem: ProblemBody) {
    super(problem.title);
  }
}

interface Settlement {
  ref: string;
  done(data: unknown): void;
  failed(problem: ProblemBody): void;
}

type Membership = SessionMembership | EventMembership;

const tickMs = 500;

/**
 * One socket to `/ws` that comes back by itself, joins its rooms again, resumes sessions where they were, and repeats
 * unanswered commands under their ref until their deadline. Runs in browsers and in Node.
 */
export class RealtimeClient {
  #settings: RealtimeSettings;
  #socket: ReconnectingWebSocket | null = null;
  #rooms = new Map<string, Membership>();
  #commands = new PendingCommands<Settlement>();
  #state: ConnectionState = { status: "connecting", readOnly: true };
  #lastCloseCode: number | null = null;
  #attempts = 0;
  #triedUrl: string | null = null;
  #openedUrl: string | null = null;
  #lastPingAt = 0;
  #lastHeardAt = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;

  constructor(settings: RealtimeSettings) {
    this.#settings = settings;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Opens the socket, or opens it anew: after signing in, the same rooms are joined as the new person. */
  connect(): void {
    this.#detach();
    this.#lastCloseCode = null;
    this.#show({ status: "connecting", readOnly: true });
    const socket = new ReconnectingWebSocket(() => this.#nextUrl(), null, {
      WebSocket: this.#settings.WebSocket,
      // A chat line typed before a break must not appear minutes later: repeating is ours, with a deadline.
      maxEnqueuedMessages: 0,
      minReconnectionDelay: 500,
      maxReconnectionDelay: 8_000,
      reconnectionDelayGrowFactor: 1.7,
      minUptime: 2_000,
      connectionTimeout: 8_000,
      shouldReconnectOnClose: ({ code }) => endReason(code) === null,
    });
    // An old socket's last words must not reach the state of the new one.
    const ifCurrent = (handle: () => void) => {
      if (this.#socket === socket) handle();
    };
    socket.addEventListener("open", () => ifCurrent(() => this.#opened()));
    socket.addEventListener("message", (event) =>
      ifCurrent(() => this.#received((event as MessageEvent).data)),
    );
    socket.addEventListener("close", (event) => ifCurrent(() => this.#closed(event as CloseEvent)));
    this.#socket = socket;
    this.#ticker = setInterval(() => this.#tick(), tickMs);
  }

  /** The network is said to be back: does not sit out the rest of a long delay. */
  retryNow(): void {
    if (this.#state.status === "reconnecting") this.#socket?.reconnect();
  }

  /** Closes for good; commands under way fail. */
  close(): void {
    this.#detach();
    for (const { failed } of this.#commands.drain()) failed(problemBody("unavailable"));
    this.#show({ status: "ended", readOnly: this.#state.readOnly, reason: "closed" });
  }

  /** Stays joined over reconnects until the returned function is called. */
  joinSession(sessionId: string, listener: SessionListener): () => void {
    return this.#join(new SessionMembership(sessionId, listener));
  }

  joinEvent(eventId: string, listener: EventListener): () => void {
    return this.#join(new EventMembership(eventId, listener));
  }

  /**
   * Sends one line; resolves with the message as committed. Saying it again under the same `ref` within 24 h does
   * nothing twice. Throws CommandRefused.
   */
  async sendChat(sessionId: string, text: string, ref: string = newRef()): Promise<ChatMessage> {
    const data = await this.#command(
      { type: "chat:send", ref, data: { sessionId, text } },
      `session:${sessionId}`,
    );
    const message = v.safeParse(ChatMessage, data);
    if (!message.success) throw new CommandRefused(problemBody("internal"));
    return message.output;
  }

  #command(frame: CommandFrame, room: string | null): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#state.status === "ended") {
        reject(new CommandRefused(problemBody("unavailable")));
        return;
      }
      const settlement: Settlement = {
        ref: frame.ref,
        done: resolve,
        failed: (problem) => reject(new CommandRefused(problem)),
      };
      this.#commands.add(frame, settlement, { room, now: Date.now() });
      this.#flush();
    });
  }

  #join(membership: Membership): () => void {
    this.#rooms.set(membership.room, membership);
    this.#flush();
    return () => {
      if (this.#rooms.get(membership.room) !== membership) return;
      this.#rooms.delete(membership.room);
      if (membership.joined) this.#send(membership.leaveFrame(newRef()));
    };
  }

  async #nextUrl(): Promise<string> {
    const delayMs = returnDelayMs(this.#lastCloseCode, Math.random());
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const { ticket, readOnly } = await this.#settings.fetchTicket();
    this.#state = { ...this.#state, readOnly };
    const { urls } = this.#settings;
    const url = this.#openedUrl ?? urls[this.#attempts++ % urls.length] ?? urls[0];
    this.#triedUrl = url;
    return `${url}?token=${encodeURIComponent(ticket)}`;
  }

  #opened(): void {
    this.#openedUrl = this.#triedUrl;
    this.#lastHeardAt = Date.now();
    this.#lastPingAt = Date.now();
    this.#show({ status: "open", readOnly: this.#state.readOnly });
    this.#flush();
  }

  #closed({ code }: CloseEvent): void {
    this.#lastCloseCode = code;
    this.#disconnected();
    const reason = endReason(code);
    if (reason === null) {
      this.#show({ status: "reconnecting", readOnly: this.#state.readOnly });
      return;
    }
    clearInterval(this.#ticker);
    for (const { failed } of this.#commands.drain()) {
      failed(problemBody(reason === "banned" ? "banned" : "unauthenticated"));
    }
    this.#show({ status: "ended", readOnly: this.#state.readOnly, reason });
  }

  #received(text: unknown): void {
    this.#lastHeardAt = Date.now();
    for (const element of parseServerFrame(text)) {
      if (element.kind === "message") this.#handle(element.message);
      else this.#session(element.sessionId)?.passed(element.seq);
    }
    this.#flush();
  }

  #handle(message: ServerMessage): void {
    switch (message.type) {
      case "pong":
        return;
      case "ack":
        for (const room of this.#rooms.values())
          if (room.acknowledged(message.ref, message.data, Date.now())) return;
        this.#commands.settle(message.ref)?.done(message.data);
        return;
      case "error":
        if (message.ref !== null) this.#refused(message.ref, message.problem);
        return;
      case "session:seq":
        this.#session(message.sessionId)?.passed(message.seq);
        return;
      case "chat:message":
        this.#session(message.sessionId)?.event(message);
        return;
      default:
        for (const room of this.#rooms.values()) room.told(message);
    }
  }

  #refused(ref: string, problem: ProblemBody): void {
    for (const room of this.#rooms.values()) if (room.refused(ref, problem, Date.now())) return;
    const mayPass = problem.status >= 500;
    if (mayPass && this.#commands.postpone(ref, Date.now(), problem.retryAfterSeconds)) return;
    this.#commands.settle(ref)?.failed(problem);
  }

  #tick(): void {
    const now = Date.now();
    for (const { failed } of this.#commands.expired(now)) failed(problemBody("unavailable"));
    if (this.#state.status !== "open") return;
    // A laptop that wakes holds a socket that looks open and is dead.
    if (now - this.#lastHeardAt > (realtimeLimits.pingSeconds + 10) * 1000) {
      this.#socket?.reconnect(4000, "silent");
      return;
    }
    if (now - this.#lastPingAt >= realtimeLimits.pingSeconds * 1000) {
      this.#lastPingAt = now;
      this.#send({ type: "ping" });
    }
    this.#flush();
  }

  /** Says what is to be said now: joins first, then commands of rooms that are joined. */
  #flush(): void {
    if (this.#state.status !== "open") return;
    const now = Date.now();
    for (const room of this.#rooms.values()) {
      if (room.isDue(now)) this.#send(room.joinFrame(newRef(), now));
    }
    for (const frame of this.#commands.due(now, (room) => this.#rooms.get(room)?.joined ?? false)) {
      this.#send(frame);
    }
  }

  #send(frame: CommandFrame | { type: "ping" }): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #session(sessionId: string): SessionMembership | undefined {
    const room = this.#rooms.get(`session:${sessionId}`);
    return room instanceof SessionMembership ? room : undefined;
  }

  #disconnected(): void {
    for (const room of this.#rooms.values()) room.disconnected();
    this.#commands.disconnected();
  }

  #detach(): void {
    clearInterval(this.#ticker);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    this.#disconnected();
    socket.close();
  }

  #show(state: ConnectionState): void {
    this.#state = state;
    this.#settings.onConnection?.(state);
  }
}

/** A ref for a new command. */
export function newRef(): string {
  return randomBase64Url(12);
}
