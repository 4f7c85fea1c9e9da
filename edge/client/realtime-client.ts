import ReconnectingWebSocket, { type CloseEvent } from "partysocket/ws";
import { type ProblemBody, problemBody } from "../protocol/problem.ts";
import { type RealtimeTicket, realtimeLimits, type ServerMessage } from "../protocol/realtime.ts";
import { CommandRefused } from "./command-refused.ts";
import { EventRoom } from "./event-room.ts";
import type { RoomMembership } from "./memberships.ts";
import { type CommandFrame, newRef, PendingCommands } from "./pending-commands.ts";
import { type EndReason, endReason, returnDelayMs } from "./reconnect-policy.ts";
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

interface Entry {
  membership: RoomMembership;
  room: SessionRoom | EventRoom;
}

const tickMs = 500;
/** UTF-16 units after which the rooms hear what has arrived. */
const tellEvery = 256 * 1024;

/**
 * One socket to `/ws` that comes back by itself, joins its rooms again, resumes sessions where they were, and repeats
 * unanswered commands under their ref until their deadline. Runs in browsers and in Node.
 */
export class RealtimeClient {
  #settings: RealtimeSettings;
  #socket: ReconnectingWebSocket | null = null;
  #rooms = new Map<string, Entry>();
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
  #lastPingAt = 0;
  #lastHeardAt = 0;
  /** Frames of this socket, and what came since the rooms were last told of them. */
  #frames = 0;
  #untold = 0;
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
    for (const { room } of this.#rooms.values()) room.forget();
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
    const name = `session:${sessionId}`;
    const known = this.#rooms.get(name)?.room;
    if (known instanceof SessionRoom) return known;
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
    const known = this.#rooms.get(`event:${eventId}`)?.room;
    if (known instanceof EventRoom) return known;
    const room: EventRoom = new EventRoom(eventId, { leave: () => this.#leave(room.membership) });
    return this.#enter(room);
  }

  #enter<R extends SessionRoom | EventRoom>(room: R): R {
    this.#rooms.set(room.membership.room, { membership: room.membership, room });
    this.#flush();
    return room;
  }

  #leave(membership: RoomMembership): void {
    if (this.#rooms.get(membership.room)?.membership !== membership) return;
    this.#rooms.delete(membership.room);
    if (membership.joined) this.#send(membership.leaveFrame(newRef()));
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
    this.#lastHeardAt = Date.now();
    this.#lastPingAt = Date.now();
    this.#frames = 0;
    this.#untold = 0;
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
    this.#lastHeardAt = Date.now();
    this.#frames++;
    this.#untold += typeof text === "string" ? text.length : 0;
    if (this.#untold >= tellEvery) this.#ping(this.#lastHeardAt);
    for (const element of parseServerFrame(text)) {
      if (element.kind === "message") this.#handle(element.message);
      else this.#passed(element.sessionId, element.seq);
    }
    this.#flush();
  }

  #handle(message: ServerMessage): void {
    switch (message.type) {
      case "pong":
        return;
      case "ack":
        for (const { membership } of this.#rooms.values())
          if (membership.acknowledged(message.ref, message.data, Date.now())) return;
        this.#commands.settle(message.ref)?.done(message.data);
        return;
      case "error":
        if (message.ref !== null) this.#refused(message.ref, message.problem);
        return;
      case "session:seq":
        this.#passed(message.sessionId, message.seq);
        return;
      case "viewers:count":
        this.#crowd = Math.max(this.#crowd, message.data.count);
        break;
    }
    for (const { membership } of this.#rooms.values()) membership.heard(message);
  }

  #passed(sessionId: string, seq: number): void {
    const room = this.#rooms.get(`session:${sessionId}`)?.room;
    if (room instanceof SessionRoom) room.membership.passed(seq);
  }

  #refused(ref: string, problem: ProblemBody): void {
    for (const { membership } of this.#rooms.values())
      if (membership.refused(ref, problem, Date.now())) return;
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
    if (now - this.#lastPingAt >= realtimeLimits.pingSeconds * 1000) this.#ping(now);
    this.#flush();
  }

  /** Says what has arrived: in a busy room the rooms would otherwise take a socket for one that does not read. */
  #ping(now: number): void {
    this.#lastPingAt = now;
    this.#untold = 0;
    this.#send({ type: "ping", frames: this.#frames });
  }

  /** Says what is to be said now: joins first, then commands of rooms that are joined. */
  #flush(): void {
    if (this.#state.status !== "open") return;
    const now = Date.now();
    for (const { membership } of this.#rooms.values()) {
      if (membership.isDue(now)) this.#send(membership.joinFrame(newRef(), now));
    }
    const mayHear = (room: string) => this.#rooms.get(room)?.membership.joined ?? false;
    for (const frame of this.#commands.due(now, mayHear)) this.#send(frame);
  }

  #send(frame: CommandFrame | { type: "ping"; frames: number }): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #disconnected(): void {
    for (const { membership } of this.#rooms.values()) membership.disconnected();
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
