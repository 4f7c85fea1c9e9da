/**
 * The session party: one ordered stream of events. It gathers the commands of all gateways into one commit at a time,
 * and says what was committed to every gateway, never before the API has answered. What it holds can be lost at any
 * time: the log is in PostgreSQL.
 */
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import {
  type CommitResponse,
  type CommitResult,
  type LogEvent,
  type PersonalNews,
  PokeRequest,
  RoomCommandRequest,
} from "../../protocol/internal-rooms.ts";
import { gatewayFor } from "../../protocol/realtime.ts";
import { backoffMs } from "../backoff.ts";
import { EdgeApi } from "../edge-api.ts";
import { failure, guarded, internalDoor } from "../internal-guard.ts";
import { type LinkResult, readLinkMessage, ToSession } from "../link-messages.ts";
import { Occupancy } from "../occupancy.ts";
import { actionOf, closeQuietly, type PartyConnection, type PartyRequest, type PartyRoom } from "../party.ts";
import { bodyResponse, problemResponse } from "../problem-response.ts";
import { requireEnvironment } from "../rooms-environment.ts";
import { Commits, type Settled } from "./commits.ts";
import { logTexts, replayTexts, welcomeTexts } from "./link-texts.ts";
import { PeopleQuestion } from "./people-question.ts";
import { SessionLog } from "./session-log.ts";
import { SessionMood } from "./session-mood.ts";
import { TotalsReader } from "./totals-reader.ts";

const compareEveryMs = 3000;
/** Totals have no head to compare: what was counted past this room by an API that died before its poke is read so. */
const recountEveryMs = 10_000;

type Hello = Extract<ToSession, { kind: "hello" }>;
/** A gateway that asked over its link, or a caller of `command`. */
type Waiter = { gateway: PartyConnection; id: number } | { answer: (result: CommitResult) => void };

const SessionId = identifier("session");
const door = internalDoor("session", (room) => v.is(SessionId, room));

export default class Session {
  readonly #id: string;
  readonly #api: EdgeApi;
  readonly #log: SessionLog;
  readonly #commits: Commits<Waiter>;
  readonly #occupancy: Occupancy;
  readonly #mood = new SessionMood<PartyConnection>();
  readonly #totals: TotalsReader;
  readonly #people: PeopleQuestion<PartyConnection>;
  readonly #gateways: number;
  #comparedAt = 0;
  #recountedAt = Date.now();
  /** Results wait here until the events of their commit go out, so that both travel together. */
  #results: Settled<Waiter>[] = [];
  #personal: PersonalNews[] = [];

  static readonly onBeforeConnect = door.onBeforeConnect;
  static readonly onBeforeRequest = door.onBeforeRequest;

  constructor(room: PartyRoom) {
    this.#id = room.id;
    const environment = requireEnvironment(room.env);
    this.#gateways = environment.GATEWAYS;
    this.#api = new EdgeApi(environment);
    this.#log = new SessionLog(this.#id, this.#api, {
      grown: (events) => {
        this.#mood.see(events);
        this.#send(events);
      },
      begunAnew: () => {
        this.#mood.begunAnew();
        this.#occupancy.dismissAll();
      },
    });
    this.#commits = new Commits({
      sessionId: this.#id,
      api: this.#api,
      committed: (answer, settled) => this.#committed(answer, settled),
      failed: (settled) => {
        this.#results.push(...settled);
        // It may have been committed all the same, and what it counted was then told to nobody.
        this.#totals.readSoon();
        this.#send([]);
      },
    });
    this.#occupancy = new Occupancy({
      report: async (counts) => {
        const answer = await this.#api.reportPresence({ sessionId: this.#id, ...counts });
        return answer.ok ? (answer.value?.peak ?? counts.peak) : null;
      },
      others: () => this.#api.others("sessions", this.#id),
      tick: (now) => this.#tick(now),
    });
    this.#totals = new TotalsReader({
      read: () => this.#api.snapshot(this.#id),
      commits: () => this.#commits.count,
      counted: (totals) => this.#mood.counted(totals, Date.now()),
    });
    this.#people = new PeopleQuestion((gateway, id) =>
      this.#occupancy.say(gateway, JSON.stringify({ kind: "who", id })),
    );
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
    this.#mood.gone(gateway, Date.now());
    this.#people.gone(gateway);
    closeQuietly(gateway);
  }

  onError(gateway: PartyConnection) {
    this.onClose(gateway);
  }

  onRequest(request: PartyRequest) {
    return guarded("session.onRequest", () => this.#answer(request), failure);
  }

  /** `poke`, `command` and `people`, as edge/protocol/internal-rooms.ts says. */
  async #answer(request: PartyRequest): Promise<Response> {
    const action = actionOf(request);
    if (!["poke", "command", "people"].includes(action)) return problemResponse("not-found");
    if (request.method !== "POST") return problemResponse("method-not-allowed");
    if (action === "people") return this.#whoIsHere();
    return action === "poke" ? this.#poke(await request.json()) : this.#command(await request.json());
  }

  /** 204 when heard. What it points at is read at once, by whoever listens here. */
  #poke(body: unknown): Response {
    const poke = v.safeParse(PokeRequest, body);
    if (!poke.success) return problemResponse("invalid");
    const { head } = this.#log;
    if (this.#occupancy.occupied && head !== null) {
      if (poke.output.head > head) void this.#log.catchUp();
      this.#personal.push(...poke.output.personal);
      if (this.#personal.length > 0) this.#send([]);
      // A vote is written without an event, so what it counted is asked for.
      this.#totals.readSoon();
    }
    return new Response(null, { status: 204 });
  }

  /** 200 with the result once it is committed; 503 when nothing is known of it. */
  async #command(body: unknown): Promise<Response> {
    const command = v.safeParse(RoomCommandRequest, body);
    if (!command.success) return problemResponse("invalid");
    const result = await new Promise<CommitResult>((answer) => {
      const refused = this.#commits.add(command.output, { answer });
      if (refused !== null) answer(refused);
    });
    if (!result.ok && result.problem.status === 503) return bodyResponse(result.problem);
    return Response.json(result);
  }

  async #whoIsHere(): Promise<Response> {
    const people = await this.#people.ask([...this.#occupancy.gateways()]);
    return Response.json({ ...people, ...this.#occupancy.counts });
  }

  async #receive(raw: unknown, gateway: PartyConnection): Promise<void> {
    const message = readLinkMessage(ToSession, raw);
    this.#occupancy.heard(gateway);
    switch (message?.kind) {
      case "hello":
        return this.#welcome(gateway, message);
      case "viewers":
        return this.#occupancy.setViewers(gateway, message.viewers, message.unnamed);
      case "ping":
        return this.#occupancy.say(gateway, '{"kind":"pong"}');
      case "replay": {
        const events = await this.#log.since(message.after);
        return this.#say(gateway, replayTexts(message.id, events));
      }
      case "typing":
        return this.#mood.typing(gateway, message, Date.now());
      case "reactions":
        return this.#mood.reacted(message.counts, Date.now());
      case "people":
        return this.#people.answered(gateway, message);
      case "command": {
        const { id, userId, ref, command } = message;
        const result = this.#commits.add({ userId, ref, ...command }, { gateway, id });
        if (result === null) return;
        return this.#say(gateway, logTexts([])([JSON.stringify({ id, result })], []));
      }
    }
  }

  /** The gateway is counted among those who hear events in the same step in which its head is told. */
  async #welcome(gateway: PartyConnection, { gateway: name, after, viewers, unnamed }: Hello): Promise<void> {
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
    // What was counted before this room's time, or by another room that ended before it said so.
    if (!this.#occupancy.occupied) this.#totals.readSoon();
    this.#occupancy.hello(gateway, name, viewers, unnamed);
    this.#say(gateway, welcomeTexts(head, events, this.#mood.forNewcomer()));
  }

  #say(gateway: PartyConnection, texts: readonly string[]): void {
    for (const text of texts) this.#occupancy.say(gateway, text);
  }

  #tick(now: number): void {
    for (const message of this.#mood.due(now)) this.#occupancy.broadcast(JSON.stringify(message));
    this.#compare(now);
  }

  #compare(now: number): void {
    if (!this.#occupancy.occupied || now < this.#comparedAt + compareEveryMs) return;
    this.#comparedAt = now;
    void this.#log.catchUp();
    if (now < this.#recountedAt + recountEveryMs || !this.#mood.hasTotals) return;
    this.#recountedAt = now;
    this.#totals.readSoon();
  }

  async #committed(answer: CommitResponse, settled: Settled<Waiter>[]): Promise<void> {
    this.#mood.counted(answer.totals, Date.now());
    this.#personal.push(...answer.personal);
    this.#results.push(...settled);
    await this.#log.committed(answer);
    if (this.#results.length + this.#personal.length > 0) this.#send([]);
  }

  /** Events are serialised once; the results that are ready go along, each to its own gateway. */
  #send(events: LogEvent[]): void {
    const textsFor = logTexts(events);
    const results = new Map<PartyConnection, string[]>();
    for (const { waiter, result } of this.#results) {
      if ("answer" in waiter) {
        waiter.answer(result);
        continue;
      }
      const own = results.get(waiter.gateway) ?? [];
      own.push(JSON.stringify({ id: waiter.id, result } satisfies LinkResult));
      results.set(waiter.gateway, own);
    }
    const personal = Map.groupBy(this.#personal, ({ userId }) => gatewayFor(userId, this.#gateways));
    this.#results = [];
    this.#personal = [];
    for (const [gateway, name] of [...this.#occupancy.named()]) {
      this.#say(gateway, textsFor(results.get(gateway) ?? [], personal.get(name) ?? []));
    }
  }
}
