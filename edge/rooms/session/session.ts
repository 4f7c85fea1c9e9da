/**
 * The session party: one ordered stream of events. It gathers the commands of all gateways into one commit at a time,
 * and says what was committed to every gateway, never before the API has answered. What it holds can be lost at any
 * time: the log is in PostgreSQL.
 */
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import {
  type CommitCommand,
  type CommitResponse,
  type CommitResult,
  type LogEvent,
  PokeRequest,
} from "../../protocol/internal-rooms.ts";
import { backoffMs } from "../backoff.ts";
import { type Answer, EdgeApi } from "../edge-api.ts";
import { admitInternal, guarded, roomsLog } from "../internal-guard.ts";
import { type LinkResult, readLinkMessage, ToSession } from "../link-messages.ts";
import { Occupancy } from "../occupancy.ts";
import {
  actionOf,
  closeQuietly,
  type PartyConnection,
  type PartyLobby,
  type PartyRequest,
  type PartyRoom,
} from "../party.ts";
import { problemResponse, unavailable } from "../problem-response.ts";
import { requireEnvironment } from "../rooms-environment.ts";
import { CommitQueue } from "./commit-queue.ts";
import { SessionLog } from "./session-log.ts";

const gatherMs = 5;
/** Below the gateways' own patience with a command, so that the reason comes from here. */
const commitPatienceMs = 8000;
const compareEveryMs = 3000;

type Waiter = { gateway: PartyConnection; id: number };

export default class Session {
  readonly #id: string;
  readonly #api: EdgeApi;
  readonly #log: SessionLog;
  readonly #queue = new CommitQueue<Waiter>({ batch: 1000, waiting: 5000 });
  readonly #occupancy: Occupancy;
  #gathering: ReturnType<typeof setTimeout> | null = null;
  #comparedAt = 0;
  /** Results wait here until the events of their commit go out, so that both travel together. */
  #results: { waiter: Waiter; result: CommitResult }[] = [];

  static onBeforeConnect(request: PartyRequest, lobby: PartyLobby & { id: string }) {
    return guarded("session.onBeforeConnect", () => admitInternal(request, lobby, isSessionId), failure);
  }

  static onBeforeRequest(request: PartyRequest, lobby: PartyLobby & { id: string }) {
    return guarded("session.onBeforeRequest", () => admitInternal(request, lobby, isSessionId), failure);
  }

  constructor(room: PartyRoom) {
    this.#id = room.id;
    this.#api = new EdgeApi(requireEnvironment(room.env));
    this.#log = new SessionLog(this.#id, this.#api, {
      grown: (events) => this.#send(events),
      begunAnew: () => this.#occupancy.dismissAll(),
    });
    this.#occupancy = new Occupancy({
      report: async (counts) => (await this.#api.reportPresence({ sessionId: this.#id, ...counts })).ok,
      tick: (now) => this.#compare(now),
    });
  }

  onMessage(raw: unknown, gateway: PartyConnection) {
    return guarded(
      "session.onMessage",
      () => this.#receive(raw, gateway),
      () => undefined,
    );
  }

  onClose(gateway: PartyConnection) {
    this.#occupancy.gone(gateway);
    closeQuietly(gateway);
  }

  onError(gateway: PartyConnection) {
    this.onClose(gateway);
  }

  onRequest(request: PartyRequest) {
    return guarded("session.onRequest", () => this.#answer(request), failure);
  }

  /** `poke {head}`: 204 when heard. What it points at is read at once, by whoever listens here. */
  async #answer(request: PartyRequest): Promise<Response> {
    if (actionOf(request) !== "poke") return problemResponse("not-found");
    if (request.method !== "POST") return problemResponse("method-not-allowed");
    const poke = v.safeParse(PokeRequest, await request.json());
    if (!poke.success) return problemResponse("invalid");
    const { head } = this.#log;
    if (this.#occupancy.occupied && head !== null && poke.output.head > head) void this.#log.catchUp();
    return new Response(null, { status: 204 });
  }

  async #receive(raw: unknown, gateway: PartyConnection): Promise<void> {
    const message = readLinkMessage(ToSession, raw);
    this.#occupancy.heard(gateway);
    switch (message?.kind) {
      case "hello":
        return this.#welcome(gateway, message.after, message.viewers);
      case "viewers":
        return this.#occupancy.setViewers(gateway, message.viewers);
      case "ping":
        return this.#occupancy.say(gateway, '{"kind":"pong"}');
      case "replay": {
        const events = await this.#log.since(message.after);
        return this.#occupancy.say(gateway, JSON.stringify({ kind: "replayed", id: message.id, events }));
      }
      case "command": {
        const { id, userId, ref, command } = message;
        if (this.#queue.add({ userId, ref, ...command }, { gateway, id })) return this.#schedule();
        const result = { ok: false, problem: unavailable("Too many commands are waiting") };
        return this.#occupancy.say(
          gateway,
          JSON.stringify({ kind: "log", events: [], results: [{ id, result }] }),
        );
      }
    }
  }

  /** The gateway is counted among those who hear events in the same step in which its head is told. */
  async #welcome(gateway: PartyConnection, after: number | null, viewers: number): Promise<void> {
    for (let attempt = 0; this.#log.head === null && attempt < 20; attempt++) {
      if (await this.#log.catchUp()) break;
      await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt, 100, 2000)));
    }
    let events: LogEvent[] | null = after === null ? [] : await this.#log.since(after);
    // What grew while this waited would otherwise fall between the welcome and the first broadcast.
    while (after !== null && events !== null && (events.at(-1)?.seq ?? after) !== this.#log.head) {
      events = await this.#log.since(after);
    }
    const { head } = this.#log;
    if (head === null) return closeQuietly(gateway, 1013, "the log cannot be read");
    this.#occupancy.hello(gateway, viewers);
    this.#occupancy.say(gateway, JSON.stringify({ kind: "welcome", head, events }));
  }

  #compare(now: number): void {
    if (!this.#occupancy.occupied || now < this.#comparedAt + compareEveryMs) return;
    this.#comparedAt = now;
    void this.#log.catchUp();
  }

  #schedule(): void {
    if (this.#queue.isCommitting) return;
    if (this.#queue.isFull) {
      void this.#commit();
      return;
    }
    this.#gathering ??= setTimeout(() => void this.#commit(), gatherMs);
  }

  async #commit(): Promise<void> {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    if (this.#queue.isCommitting || this.#queue.isEmpty) return;
    const batch = this.#queue.take();
    const answer = await this.#commitWithPatience(batch);
    if (answer.ok) {
      const { results } = answer.value;
      const lost: CommitResult = { ok: false, problem: unavailable() };
      this.#results.push(...this.#queue.settle((index) => results[index] ?? lost));
      await this.#log.committed(answer.value);
    } else {
      this.#results.push(...this.#queue.settle(() => ({ ok: false, problem: answer.problem })));
    }
    if (this.#results.length > 0) this.#send([]);
    this.#schedule();
  }

  /** Refs make it harmless to commit again what may have been committed. */
  async #commitWithPatience(batch: CommitCommand[]): Promise<Answer<CommitResponse>> {
    const until = Date.now() + commitPatienceMs;
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#api.commit(this.#id, batch);
      const pause = backoffMs(attempt, 100, 2000);
      if (answer.ok || !answer.again || Date.now() + pause > until) {
        if (!answer.ok) roomsLog.warn("commit-failed", { sessionId: this.#id, commands: batch.length });
        return answer;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Events are serialised once; the results that are ready go along, each to its own gateway. */
  #send(events: LogEvent[]): void {
    const text = JSON.stringify(events);
    const results = new Map<PartyConnection, LinkResult[]>();
    for (const { waiter, result } of this.#results) {
      const own = results.get(waiter.gateway) ?? [];
      own.push({ id: waiter.id, result });
      results.set(waiter.gateway, own);
    }
    this.#results = [];
    for (const gateway of [...this.#occupancy.gateways()]) {
      const own = results.get(gateway);
      if (events.length === 0 && own === undefined) continue;
      this.#occupancy.say(gateway, `{"kind":"log","events":${text},"results":${JSON.stringify(own ?? [])}}`);
    }
  }
}

const SessionId = identifier("session");
function isSessionId(room: string): boolean {
  return v.is(SessionId, room);
}

function failure(): Response {
  return problemResponse("internal");
}
