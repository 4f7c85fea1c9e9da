import type { CommitResult, JoinVerdict, LogEvent, Viewer } from "../../protocol/internal-rooms.ts";
import { problemBody } from "../../protocol/problem.ts";
import { closeCodes, realtimeLimits } from "../../protocol/realtime.ts";
import type { SessionCommand } from "../../protocol/session-commands.ts";
import { EventRing } from "../event-ring.ts";
import { FromSession, readLinkMessage } from "../link-messages.ts";
import { unavailable } from "../problem-response.ts";
import type { ClientSocket } from "./client-socket.ts";
import { type Deliverable, deliver, deliverable, type FramePart, SessionBatch } from "./delivery.ts";
import { GatheredCalls, SharedRead } from "./gathered-calls.ts";
import { askAgainOnce, type GatewayHost, JoinedRoom, patienceMs } from "./joined-room.ts";
import { PendingCommands } from "./pending-commands.ts";

interface Member {
  readonly staff: boolean;
  /** The highest seq this socket was told, or will be by what is queued for it. */
  told: number;
}

/** A session as one gateway sees it: the newest events for all its sockets, and where each socket stands in them. */
export class JoinedSession extends JoinedRoom<Member> {
  /** Null until the first join was answered. */
  eventId: string | null = null;
  #ring: EventRing<Deliverable> | null = null;
  /** Events since the last flush. */
  #fresh: Deliverable[] = [];
  #replay: { after: number; done: Promise<boolean> } | null = null;
  readonly #pending = new PendingCommands<ClientSocket>({ limit: 2000, patienceMs });
  readonly #verdicts: GatheredCalls<Viewer, JoinVerdict>;
  readonly #snapshots: SharedRead<{ ok: true; seq: number; text: string } | { ok: false }>;

  constructor(host: GatewayHost, id: string) {
    super(host, "session", id);
    this.#verdicts = new GatheredCalls({ gatherMs: 5, limit: 200 }, async (viewers) => {
      const answer = await askAgainOnce((asked) => host.api.joinSession(id, asked), viewers);
      if (answer.ok) {
        this.eventId = answer.value.eventId;
        return answer.value.verdicts;
      }
      return viewers.map(() => ({ allowed: false, problem: answer.problem }));
    });
    this.#snapshots = new SharedRead(
      1000,
      (read) => read.ok,
      async () => {
        const answer = await host.api.snapshot(id);
        if (!answer.ok) return { ok: false };
        return { ok: true, seq: answer.value.seq, text: JSON.stringify(answer.value.snapshot) };
      },
    );
  }

  /** Acks with where the socket stands, then queues everything after that. */
  async join(socket: ClientSocket, ref: string, after: number | undefined): Promise<void> {
    const verdict = await this.#verdicts.ask(socket.viewer);
    if (!verdict.allowed) return socket.refuse(ref, verdict.problem);
    if (!(await this.whenWelcomed())) return socket.refuse(ref, unavailable());

    let point = after !== undefined && (await this.#reaches(after)) ? after : null;
    let snapshot = "";
    if (point === null) {
      const read = await this.#snapshots.get(Date.now());
      if (!read.ok) return socket.refuse(ref, unavailable());
      point = read.seq;
      snapshot = `"snapshot":${read.text},`;
      // A snapshot can be ahead of what the room has said yet; then nothing is missing.
      if (point < this.#head() && !(await this.#reaches(point))) return socket.refuse(ref, unavailable());
    }
    // Nothing is awaited from here on, so no event can come between what is queued and what follows.
    const missed = this.#ring?.since(point);
    if (!missed) return socket.refuse(ref, unavailable());
    if (!socket.isOpen) return;
    const { staff, team, member, mine } = verdict;
    const own = `"mine":${JSON.stringify(mine)},"standing":${JSON.stringify({ staff, team, member })}`;
    socket.ack(ref, `{"seq":${point},${snapshot}${own}}`);
    socket.queue(...deliver(this.id, missed, point, { userId: socket.viewer.userId, staff: verdict.staff }));
    this.enter(socket, { staff: verdict.staff, told: Math.max(point, this.#head()) });
  }

  override leave(socket: ClientSocket): void {
    super.leave(socket);
    this.#pending.forget(socket);
  }

  /** Hands a command to the room, now or as soon as the link is up again; the ref makes it happen once. */
  command(socket: ClientSocket, userId: string, ref: string, command: SessionCommand): void {
    const pending = this.#pending.add({ socket, userId, ref, command, sentAt: Date.now() });
    if (pending === null) socket.refuse(ref, unavailable("Too many commands are waiting"));
    else this.#tell(pending.id, userId, ref, command);
  }

  #tell(id: number, userId: string, ref: string, command: SessionCommand): void {
    this.link.send({ kind: "command", id, userId, ref, command });
  }

  protected resumePoint(): number | null {
    return this.#ring?.head ?? null;
  }

  #head(): number {
    return this.#ring?.head ?? 0;
  }

  protected receive(raw: unknown): void {
    const message = readLinkMessage(FromSession, raw);
    switch (message?.kind) {
      case "welcome":
        this.#begin(message.head, message.events);
        return;
      case "log":
        this.#grow(message.events);
        for (const { id, result } of message.results) this.#settle(id, result);
        return;
      case "replayed":
        this.answered(message.id, message.events);
        return;
      case "viewers": {
        const data = { sessionId: this.id, count: message.count, peak: message.peak };
        this.setViewers(JSON.stringify({ type: "viewers:count", data }));
      }
    }
  }

  #begin(head: number, events: LogEvent[] | null): void {
    if (this.#ring === null || events === null) {
      // Too much was missed to be told piece by piece: clients come back and get a snapshot.
      for (const socket of [...this.sockets()]) this.host.dismiss(socket, closeCodes.restart, "start again");
      this.#ring = new EventRing(head, realtimeLimits.resumeEvents);
      this.#fresh = [];
      this.#snapshots.forget();
    } else {
      this.#grow(events);
    }
    for (const { id, userId, ref, command } of this.#pending.all()) this.#tell(id, userId, ref, command);
    this.welcomed();
  }

  #grow(events: readonly LogEvent[]): void {
    if (this.#ring === null || events.length === 0) return;
    const { taken, gap } = this.#ring.append(events.map((event) => deliverable(this.id, event)));
    this.#fresh.push(...taken);
    if (taken.length > 0) this.host.queued(this);
    // Cannot happen on one connection; the next one begins with what is missing.
    if (gap) this.link.restart();
  }

  #settle(id: number, result: CommitResult): void {
    const command = this.#pending.settle(id);
    if (command === null) return;
    if (result.ok) command.socket.ack(command.ref, JSON.stringify(result.ack ?? null));
    else command.socket.refuse(command.ref, result.problem);
  }

  /** Whether everything after `point` is held here, after asking the room for it where it is not. */
  async #reaches(point: number): Promise<boolean> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const ring = this.#ring;
      if (ring === null || ring.head - point > realtimeLimits.resumeEvents) return false;
      if (point <= ring.head && ring.since(point) !== null) return true;
      if (attempt > 0 || !(await this.#readBack(point))) return false;
    }
    return false;
  }

  /** After a restart thousands come back at once with much the same point: one question serves those behind it. */
  #readBack(after: number): Promise<boolean> {
    if (this.#replay !== null && this.#replay.after <= after) return this.#replay.done;
    const done = this.question<LogEvent[]>({ kind: "replay", after }).then((events) => {
      if (this.#replay?.done === done) this.#replay = null;
      if (events === null) return false;
      this.#ring?.prepend(events.map((event) => deliverable(this.id, event)));
      return true;
    });
    this.#replay = { after, done };
    return done;
  }

  takeBatch(): (socket: ClientSocket) => FramePart | null {
    const batch = new SessionBatch(this.id, this.#fresh, this.takeViewers());
    const last = this.#fresh.at(-1)?.seq ?? 0;
    this.#fresh = [];
    return (socket) => {
      const member = this.members.get(socket);
      if (member === undefined) return null;
      const part = batch.partFor({ userId: socket.viewer.userId, staff: member.staff }, member.told);
      member.told = Math.max(member.told, last);
      return part;
    };
  }

  sweep(now: number): void {
    for (const { socket, ref } of this.#pending.takeOverdue(now)) socket.refuse(ref, unavailable());
  }
}

export function notJoined() {
  return problemBody("forbidden", { detail: "Join the session first" });
}
