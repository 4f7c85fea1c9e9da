import type { CommitResult, LogEvent, PersonalNews } from "../../protocol/internal-rooms.ts";
import { closeCodes } from "../../protocol/realtime.ts";
import type { SessionCommand } from "../../protocol/session-commands.ts";
import { FromSession, readLinkMessage } from "../link-messages.ts";
import { notJoined, unavailable } from "../problem-response.ts";
import type { ClientSocket } from "./client-socket.ts";
import { deliver, type FramePart, noSoftNews, type Recipient, SessionBatch } from "./delivery.ts";
import { peopleAmong } from "./head-count.ts";
import { HeldEvents } from "./held-events.ts";
import { type GatewayHost, JoinedRoom, patienceMs } from "./joined-room.ts";
import { NewsForArrivals } from "./news-for-arrivals.ts";
import { PendingCommands } from "./pending-commands.ts";
import { type Entry, SessionEntrance } from "./session-entrance.ts";
import { SessionNews } from "./session-news.ts";
import { type PulseCommand, SessionPulse } from "./session-pulse.ts";

/** How long a deserted room waits for the API to take its last reports. */
const unheardMs = 60_000;

interface Member {
  readonly recipient: Recipient;
  /** May take part. */
  readonly member: boolean;
  /** Polls whose results this person may see, because they have voted. */
  readonly voted: Set<string>;
  /** The highest seq this socket was told, or will be by what is queued for it. */
  told: number;
}

/** A session as one gateway sees it: the newest events for all its sockets, and where each socket stands in them. */
export class JoinedSession extends JoinedRoom<Member> {
  /** Null until the first join was answered. */
  eventId: string | null = null;
  readonly #held: HeldEvents;
  /** What has come of the replay that is being told. */
  #replayed: LogEvent[] = [];
  readonly #pending = new PendingCommands<ClientSocket>({ limit: 2000, patienceMs });
  readonly #entrance: SessionEntrance;
  readonly #news: SessionNews;
  readonly #pulse: SessionPulse;
  readonly #arrivals = new NewsForArrivals();

  constructor(host: GatewayHost, id: string) {
    super(host, "session", id);
    this.#held = new HeldEvents(id, (after) => this.question<LogEvent[]>({ kind: "replay", after }));
    this.#news = new SessionNews(id);
    this.#pulse = new SessionPulse(id, host.api, {
      tell: (message) => this.link.send(message),
      named: () => this.tellPeople(),
    });
    this.#entrance = new SessionEntrance({
      api: host.api,
      sessionId: id,
      held: this.#held,
      whenWelcomed: () => this.whenWelcomed(),
      learned: (eventId) => {
        this.eventId = eventId;
      },
    });
  }

  async join(socket: ClientSocket, ref: string, after: number | undefined): Promise<void> {
    const arrival = this.#arrivals.begin(socket.viewer.userId);
    try {
      const entry = await this.#entrance.pass(socket.viewer, after);
      if ("problem" in entry) socket.refuse(ref, entry.problem);
      else this.#admit(socket, ref, entry, arrival.news);
    } finally {
      arrival.end();
    }
  }

  /**
   * Acks with where the socket stands, then queues what was missed, then the totals as they are now, then everything
   * that comes. Nothing is awaited here, so no event can come between what is queued and what follows.
   */
  #admit(socket: ClientSocket, ref: string, entry: Entry, news: readonly PersonalNews[]): void {
    const { verdict, point, snapshot, totalsSince } = entry;
    const missed = this.#held.since(point);
    if (!missed) {
      socket.refuse(ref, unavailable());
      return;
    }
    if (!socket.isOpen) return;
    const { staff, team, member, mine, silencedUntil } = verdict;
    const state = snapshot === null ? "" : `"snapshot":${snapshot},`;
    const own = `"mine":${JSON.stringify(mine)},"standing":${JSON.stringify({ staff, team, member })}`;
    socket.ack(ref, `{"seq":${point},${state}${own}}`);
    const { userId } = socket.viewer;
    const recipient = { userId, staff, team };
    const voted = this.members.get(socket)?.voted ?? new Set<string>();
    for (const pollId of Object.keys(mine.votes)) voted.add(pollId);
    if (userId !== null && silencedUntil !== null) this.#pulse.silenced.set(userId, silencedUntil);
    socket.queue(...deliver(this.id, missed, point, recipient));
    socket.queue(...this.#news.totalsFor((pollId) => team || voted.has(pollId), totalsSince));
    this.enter(socket, { recipient, member, voted, told: Math.max(point, this.#held.head ?? 0) });
    // What this person did elsewhere since it was asked what is theirs.
    for (const one of news) this.#tellSocket(socket, one);
  }

  protected override get unnamed(): number {
    return this.#pulse.unnamed;
  }

  protected override came(socket: ClientSocket): void {
    this.#pulse.came(socket);
  }

  protected override left(socket: ClientSocket): void {
    this.#pulse.wentAway(socket, Date.now());
  }

  override leave(socket: ClientSocket): void {
    if (!this.members.has(socket)) return;
    super.leave(socket);
    this.#pending.forget(socket);
    this.#pulse.left(socket, Date.now());
  }

  /** Typing, a reaction, how watching goes: answered here, and said to others by and by. */
  pulse(socket: ClientSocket, command: PulseCommand): void {
    const member = this.members.get(socket);
    const problem =
      member === undefined ? notJoined() : this.#pulse.carryOut(socket, member.member, command, Date.now());
    if (problem === null) socket.ack(command.ref, "{}");
    else socket.refuse(command.ref, problem);
  }

  /** Hands a command to the room, now or as soon as the link is up again; the ref makes it happen once. */
  command(socket: ClientSocket, userId: string, ref: string, command: SessionCommand): void {
    if (command.type === "chat:send") this.#pulse.stoppedTyping(socket.viewer.viewerId);
    const pending = this.#pending.add({ socket, userId, ref, command, sentAt: Date.now() });
    if (pending === null) socket.refuse(ref, unavailable("Too many commands are waiting"));
    else this.#tell(pending.id, userId, ref, command);
  }

  #tell(id: number, userId: string, ref: string, command: SessionCommand): void {
    this.link.send({ kind: "command", id, userId, ref, command });
  }

  protected resumePoint(): number | null {
    return this.#held.head;
  }

  protected receive(raw: unknown): void {
    const message = readLinkMessage(FromSession, raw);
    switch (message?.kind) {
      case "welcome":
        this.#news.heardTotals(message.totals, Date.now());
        this.#begin(message.head, message.events);
        return;
      case "log":
        this.#grow(message.events);
        for (const news of message.personal) this.#tellPerson(news);
        for (const { id, result } of message.results) this.#settle(id, result);
        return;
      case "totals":
        this.#news.heardTotals(message.totals, Date.now());
        this.host.queuedSoft(this);
        return;
      case "typing":
        this.#news.heardTyping(message);
        this.host.queuedSoft(this);
        return;
      case "reactions":
        this.#news.heardReactions(message.counts);
        this.host.queuedSoft(this);
        return;
      case "who":
        this.link.send({ kind: "people", id: message.id, ...peopleAmong(this.members.keys()) });
        return;
      case "replayed":
        this.#replayed.push(...(message.events ?? []));
        if (message.more) return;
        this.answered(message.id, message.events === null ? null : this.#replayed);
        this.#replayed = [];
        return;
      case "viewers": {
        const data = { sessionId: this.id, count: message.count, peak: message.peak };
        this.setViewers(JSON.stringify({ type: "viewers:count", data }));
      }
    }
  }

  #begin(head: number, events: LogEvent[] | null): void {
    if (this.#held.head === null || events === null) {
      // Too much was missed to be told piece by piece: clients come back and get a snapshot.
      const members = [...this.members.keys()];
      for (const socket of members) this.host.dismiss(socket, closeCodes.restart, "start again");
      this.#held.beginAnew(head);
      this.#entrance.forget();
    } else {
      this.#grow(events);
    }
    for (const { id, userId, ref, command } of this.#pending.all()) this.#tell(id, userId, ref, command);
    this.welcomed();
  }

  #grow(events: readonly LogEvent[]): void {
    if (this.#held.head === null || events.length === 0) return;
    const { grew, gap } = this.#held.append(events);
    for (const event of events) {
      this.#news.see(event);
      this.#pulse.see(event);
    }
    if (grew) this.host.queued(this);
    // Cannot happen on one connection; the next one begins with what is missing.
    if (gap) this.link.restart();
  }

  #settle(id: number, result: CommitResult): void {
    const command = this.#pending.settle(id);
    if (command === null) return;
    if (result.ok) command.socket.ack(command.ref, JSON.stringify(result.ack ?? null));
    else command.socket.refuse(command.ref, result.problem);
  }

  /** On all their devices; who has voted may see what was hidden from them. */
  #tellPerson(news: PersonalNews): void {
    this.#arrivals.hear(news);
    for (const socket of this.host.socketsOf(news.userId)) this.#tellSocket(socket, news);
  }

  #tellSocket(socket: ClientSocket, { type, data }: PersonalNews): void {
    const member = this.members.get(socket);
    if (member === undefined) return;
    socket.queue(this.#news.personal(type, data));
    if (!("pollId" in data) || member.voted.has(data.pollId)) return;
    member.voted.add(data.pollId);
    const uncovered = member.recipient.team ? null : this.#news.uncovered(data.pollId);
    if (uncovered !== null) socket.queue(uncovered);
  }

  protected override linkOpened(): void {
    this.#replayed = [];
    this.#pulse.linkOpened();
  }

  protected takeBatch(soft: boolean): ((socket: ClientSocket, member: Member) => FramePart | null) | null {
    let news = soft ? this.#news.take((userId) => this.#pulse.isTyping(userId)) : noSoftNews;
    const viewers = soft ? this.takeViewers() : [];
    if (viewers.length > 0) news = { ...news, texts: [...news.texts, ...viewers] };
    const fresh = this.#held.takeFresh();
    const last = fresh.at(-1)?.seq;
    if (last === undefined && news === noSoftNews) return null;
    const batch = new SessionBatch(this.id, fresh, news);
    return (_socket, member) => {
      const part = batch.partFor(member.recipient, member.told, member.voted);
      if (last !== undefined && last > member.told) member.told = last;
      return part;
    };
  }

  /** Kept for what the API has not heard yet, if it is not away for too long. */
  override isDeserted(now: number): boolean {
    return super.isDeserted(now) && (this.#pulse.isIdle || super.isDeserted(now - unheardMs));
  }

  sweep(now: number): void {
    for (const { socket, ref } of this.#pending.takeOverdue(now)) socket.refuse(ref, unavailable());
    this.#pulse.tick(now);
  }
}
