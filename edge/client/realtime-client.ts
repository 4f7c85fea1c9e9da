import ReconnectingWebSocket, { type CloseEvent } from "partysocket/ws";
import { type ProblemBody, problemBody } from "../protocol/problem.ts";
import type { RealtimeTicket, ServerMessage } from "../protocol/realtime.ts";
import { CommandRefused } from "./command-refused.ts";
import { EventRoom } from "./event-room.ts";
import { Liveness } from "./liveness.ts";
import type { RoomMembership } from "./memberships.ts";
import { type CommandFrame, newRef, PendingCommands } from "./pending-commands.ts";
import { type EndReason, endReason, returnDelayMs } from "./reconnect-policy.ts";
import { RoomRegister } from "./room-register.ts";
import { parseServerFrame } from "./server-frame.ts";
import { SessionRoom } from "./session-room.ts";

export type ConnectionState =
  | { status: "connecting" | "reconnecting"; readOnly: boolean }
  | { status: "open"; readOnly: boolean }
  | { status: "ended"; readOnly: boolean; reason: EndReason | "closed" };

export interface RealtimeSettings {
  /** `wss://host/ws`, without a query. More than one: tried in turn until one of them has opened. */
  urls: [string, ...string[]];
  /**
   * Asked for at every attempt: a ticket is good for one connection and 60 s. May throw; an error whose `problem` has
   * the status 401 ends the connection, after any other it is tried again.
   */
  fetchTicket(): Promise<RealtimeTicket>;
  onConnection?: ((state: ConnectionState) => void) | undefined;
  /** A WebSocket class where the runtime has none (Node 20: that of `ws`). */
  WebSocket?: unknown;
}

interface Settlement {
  ref: string;
  done(data: unknown): void;
  failed(problem: ProblemBody): void;
}

const tickMs = 500;

/**
 * One socket to `/ws` that comes back by itself, joins its rooms again, resumes sessions where they were, and repeats
 * unanswered commands under their ref until their deadline. Runs in browsers and in Node.
 */
export class RealtimeClient {
  #settings: RealtimeSettings;
  #socket: ReconnectingWebSocket | null = null;
  #rooms = new RoomRegister();
  #commands = new PendingCommands<Settlement>();
  #state: ConnectionState = { status: "connecting", readOnly: true };
  #lastCloseCode: number | null = null;
  /** The most people we have been among: so many may come back together. */
  #crowd = 0;
  #attempts = 0;
  /** Of the socket: an old one's last attempt must not end the new one. */
  #generation = 0;
  #triedUrl: string | null = null;
  #openedUrl: string | null = null;
  #liveness = new Liveness();
  #ticker: ReturnType<typeof setInterval> | undefined;

  constructor(settings: RealtimeSettings) {
    this.#settings = settings;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /**
   * Opens the socket, or opens it anew: after signing in, the same rooms are joined as the new person, each from a
   * snapshot, since what the former one was told may not be all that the new one may see, or more.
   */
  connect(): void {
    this.#detach();
    this.#rooms.forget();
    this.#lastCloseCode = null;
    this.#show({ status: "connecting", readOnly: true });
    const generation = ++this.#generation;
    const socket = new ReconnectingWebSocket(() => this.#nextUrl(generation), null, {
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

  /** In the session from now on, over reconnects, until `leave()`. */
  session(sessionId: string): SessionRoom {
    const known = this.#rooms.session(sessionId);
    if (known !== null) return known;
    const room: SessionRoom = new SessionRoom(sessionId, {
      say: (frame, options) => this.#say(frame, options),
      leave: () => this.#leave(room.membership),
      rejoin: () => {
        room.membership.disconnected();
        this.#flush();
      },
    });
    return this.#enter(room);
  }

  /** In the event from now on, over reconnects, until `leave()`. */
  event(eventId: string): EventRoom {
    const known = this.#rooms.event(eventId);
    if (known !== null) return known;
    const room: EventRoom = new EventRoom(eventId, { leave: () => this.#leave(room.membership) });
    return this.#enter(room);
  }

  #enter<R extends SessionRoom | EventRoom>(room: R): R {
    this.#rooms.add(room);
    this.#flush();
    return room;
  }

  #leave(membership: RoomMembership): void {
    if (this.#rooms.remove(membership) && membership.joined) this.#send(membership.leaveFrame(newRef()));
  }

  #say(frame: CommandFrame, options: { room: string; deadlineMs?: number | undefined }): Promise<unknown> {
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
      this.#commands.add(frame, settlement, { ...options, now: Date.now() });
      this.#flush();
    });
  }

  async #nextUrl(generation: number): Promise<string> {
    const delayMs = returnDelayMs(this.#lastCloseCode, Math.random(), this.#crowd);
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const { ticket, readOnly } = await this.#ticket(generation);
    this.#state = { ...this.#state, readOnly };
    const { urls } = this.#settings;
    const url = this.#openedUrl ?? urls[this.#attempts++ % urls.length] ?? urls[0];
    this.#triedUrl = url;
    return `${url}?token=${encodeURIComponent(ticket)}`;
  }

  async #ticket(generation: number): Promise<RealtimeTicket> {
    try {
      return await this.#settings.fetchTicket();
    } catch (error) {
      const problem = (error as { problem?: ProblemBody }).problem;
      if (problem?.status === 401 && generation === this.#generation) this.#end("credentials-ended");
      throw error;
    }
  }

  #opened(): void {
    this.#openedUrl = this.#triedUrl;
    this.#liveness.opened(Date.now());
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
    this.#end(reason);
  }

  #end(reason: EndReason): void {
    this.#detach();
    for (const { failed } of this.#commands.drain()) {
      failed(problemBody(reason === "banned" ? "banned" : "unauthenticated"));
    }
    this.#show({ status: "ended", readOnly: this.#state.readOnly, reason });
  }

  #received(text: unknown): void {
    const now = Date.now();
    this.#liveness.heard(text, now);
    if (this.#liveness.isPingDue(now)) this.#send(this.#liveness.ping(now));
    for (const element of parseServerFrame(text)) {
      if (element.kind === "message") this.#handle(element.message);
      else this.#rooms.passed(element.sessionId, element.seq);
    }
    this.#flush();
  }

  #handle(message: ServerMessage): void {
    switch (message.type) {
      case "pong":
        return;
      case "ack":
        if (this.#rooms.acknowledged(message.ref, message.data, Date.now())) return;
        this.#commands.settle(message.ref)?.done(message.data);
        return;
      case "error":
        if (message.ref !== null) this.#refused(message.ref, message.problem);
        return;
      case "session:seq":
        this.#rooms.passed(message.sessionId, message.seq);
        return;
      case "viewers:count":
        this.#crowd = Math.max(this.#crowd, message.data.count);
        break;
    }
    this.#rooms.heard(message);
  }

  #refused(ref: string, problem: ProblemBody): void {
    if (this.#rooms.refused(ref, problem, Date.now())) return;
    const mayPass = problem.status >= 500;
    if (mayPass && this.#commands.postpone(ref, Date.now(), problem.retryAfterSeconds)) return;
    this.#commands.settle(ref)?.failed(problem);
  }

  #tick(): void {
    const now = Date.now();
    for (const { failed } of this.#commands.expired(now)) failed(problemBody("unavailable"));
    if (this.#state.status !== "open") return;
    if (this.#liveness.isSilent(now)) {
      this.#socket?.reconnect(4000, "silent");
      return;
    }
    if (this.#liveness.isPingDue(now)) this.#send(this.#liveness.ping(now));
    this.#flush();
  }

  /** Says what is to be said now: joins first, then commands of rooms that are joined. */
  #flush(): void {
    if (this.#state.status !== "open") return;
    const now = Date.now();
    for (const frame of this.#rooms.dueJoins(now)) this.#send(frame);
    const mayHear = (room: string) => this.#rooms.hasJoined(room);
    for (const frame of this.#commands.due(now, mayHear)) this.#send(frame);
  }

  #send(frame: CommandFrame | { type: "ping"; frames: number }): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #disconnected(): void {
    this.#rooms.disconnected();
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
