import WebSocket from "ws";
import { newIdentifier } from "../../edge/protocol/identifier.ts";
import { type ProblemBody, problemBody } from "../../edge/protocol/problem.ts";
import {
  closeCodes,
  realtimeLimits,
  type ServerMessage,
  type SessionJoined,
} from "../../edge/protocol/realtime.ts";
import { type Numbered, ToldRecord } from "./told-record.ts";

export type Answer = { ok: true; data: unknown } | { ok: false; problem: ProblemBody };

export interface SessionClientSettings {
  /** `ws://host/ws` */
  url: string;
  token: string;
  sessionId: string;
  /** 0 … 1, for the spread of returns. */
  random(): number;
  /** Every message of the session, as it came. */
  onTold?(message: ServerMessage): void;
  /** Default true. */
  keepsEvents?: boolean;
}

interface Pending {
  frame: string;
  notBefore: number;
  settle(answer: Answer): void;
}

const answerMs = 6_000;
const tickMs = 500;
/** Characters after which the rooms hear what has arrived. */
const tellEvery = 256 * 1024;

/**
 * One person in one session over `/ws`, written from the contract alone: comes back by itself, resumes by `after`, and
 * says what was not answered again under its ref. Parses without checking, so that hundreds run beside the server.
 */
export class SessionClient {
  readonly told: ToldRecord;
  /** How often each close code was seen, and each status that refused an upgrade. */
  readonly closes = new Map<number, number>();
  /** The newest count of viewers, with when it came (ms). */
  viewers: { count: number; peak: number; at: number } | null = null;
  /** What went wrong with joining, in order. */
  readonly states: string[] = [];
  joined = false;
  /** When the last join was answered (ms). */
  joinedAt = 0;
  readonly #settings: SessionClientSettings;
  readonly #pending = new Map<string, Pending>();
  #socket: WebSocket | null = null;
  #ticker: ReturnType<typeof setInterval> | null = null;
  #joinRef = "";
  #joinNotBefore = 0;
  #heardAt = 0;
  #pingedAt = 0;
  /** Frames of this connection, and characters since the last ping. */
  #frames = 0;
  #untold = 0;
  #attempts = 0;
  #closed = false;

  constructor(settings: SessionClientSettings) {
    this.#settings = settings;
    this.told = new ToldRecord({ keepsEvents: settings.keepsEvents ?? true });
  }

  open(): void {
    this.#connect();
    this.#ticker = setInterval(() => this.#tick(), tickMs);
  }

  /** For good. */
  close(): void {
    this.#closed = true;
    if (this.#ticker !== null) clearInterval(this.#ticker);
    this.#socket?.close();
    for (const { settle } of this.#pending.values())
      settle({ ok: false, problem: problemBody("unavailable") });
    this.#pending.clear();
  }

  /** As when the network goes: no closing handshake. It comes back by itself. */
  cut(): void {
    this.#socket?.terminate();
  }

  /** Resolves with an ack, or with a refusal that is no "not now"; until then it is said again and again. */
  say(type: string, data: Record<string, unknown>, ref = newIdentifier("request")): Promise<Answer> {
    return new Promise((settle) => {
      const frame = JSON.stringify({ type, ref, data: { sessionId: this.#settings.sessionId, ...data } });
      this.#pending.set(ref, { frame, notBefore: 0, settle });
      this.#flush(Date.now());
    });
  }

  #connect(): void {
    const { url, token } = this.#settings;
    const socket = new WebSocket(`${url}?token=${encodeURIComponent(token)}`, { handshakeTimeout: 8000 });
    this.#socket = socket;
    socket.on("open", () => {
      this.#attempts = 0;
      this.#heardAt = this.#pingedAt = Date.now();
      this.#frames = this.#untold = 0;
      this.#joinNotBefore = 0;
      this.#flush(Date.now());
    });
    socket.on("message", (raw) => {
      const text = String(raw);
      this.#heardAt = Date.now();
      this.#frames++;
      this.#untold += text.length;
      for (const message of JSON.parse(text) as ServerMessage[]) this.#hear(message);
    });
    socket.on("unexpected-response", (request, response) => {
      this.#count(response.statusCode ?? 0);
      request.destroy();
      this.#lost(response.statusCode ?? 0);
    });
    socket.on("error", () => {});
    socket.on("close", (code) => {
      if (this.#socket !== socket) return;
      this.#count(code);
      this.#lost(code);
    });
  }

  #lost(code: number): void {
    this.#socket = null;
    this.joined = false;
    for (const pending of this.#pending.values()) pending.notBefore = 0;
    if (this.#closed) return;
    const { random } = this.#settings;
    const spreadMs = code === closeCodes.restart ? 3000 : Math.min(4000, 500 * 1.7 ** this.#attempts++);
    setTimeout(() => this.#closed || this.#connect(), 200 + spreadMs * random());
  }

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case "ack":
        if (message.ref === this.#joinRef) this.#entered(message.data as SessionJoined);
        else this.#settle(message.ref, { ok: true, data: message.data });
        break;
      case "error":
        this.#refused(message.ref, message.problem);
        break;
      case "session:seq":
        this.told.passed(message.seq);
        break;
      case "viewers:count":
        if (message.data.sessionId === this.#settings.sessionId) {
          this.viewers = { count: message.data.count, peak: message.data.peak, at: Date.now() };
        }
        break;
      case "poll:vote":
        this.told.pollTotal(message.data);
        break;
      case "question:upvote":
        this.told.questionTotal(message.data);
        break;
      default:
        if ("seq" in message) this.told.event(message as Numbered);
    }
    this.#settings.onTold?.(message);
  }

  #entered(data: SessionJoined): void {
    this.told.joined(data);
    this.joined = true;
    this.joinedAt = Date.now();
    this.#flush(Date.now());
  }

  #refused(ref: string | null, problem: ProblemBody): void {
    const isLater = problem.status >= 500 || problem.status === 429;
    const laterAt = Date.now() + (problem.retryAfterSeconds ?? 0.5 + this.#settings.random()) * 1000;
    if (ref === this.#joinRef) {
      this.#joinNotBefore = isLater ? laterAt : Number.POSITIVE_INFINITY;
      this.states.push(problem.type);
      return;
    }
    const pending = ref === null ? undefined : this.#pending.get(ref);
    if (pending !== undefined && isLater) pending.notBefore = laterAt;
    else if (ref !== null) this.#settle(ref, { ok: false, problem });
  }

  #settle(ref: string, answer: Answer): void {
    this.#pending.get(ref)?.settle(answer);
    this.#pending.delete(ref);
  }

  #tick(): void {
    const now = Date.now();
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    if (now - this.#heardAt > (realtimeLimits.pingSeconds + 10) * 1000) {
      this.cut();
      return;
    }
    if (now - this.#pingedAt > realtimeLimits.pingSeconds * 1000 || this.#untold > tellEvery) {
      this.#pingedAt = now;
      this.#untold = 0;
      this.#socket.send(JSON.stringify({ type: "ping", frames: this.#frames }));
    }
    this.#flush(now);
  }

  #flush(now: number): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    if (!this.joined) {
      if (now < this.#joinNotBefore) return;
      this.#joinNotBefore = now + answerMs;
      this.#joinRef = newIdentifier("request");
      const after = this.told.highest === null ? {} : { after: this.told.highest };
      const data = { sessionId: this.#settings.sessionId, ...after };
      this.#socket.send(JSON.stringify({ type: "session:join", ref: this.#joinRef, data }));
      return;
    }
    for (const pending of this.#pending.values()) {
      if (now < pending.notBefore) continue;
      pending.notBefore = now + answerMs;
      this.#socket.send(pending.frame);
    }
  }

  #count(code: number): void {
    this.closes.set(code, (this.closes.get(code) ?? 0) + 1);
  }
}
