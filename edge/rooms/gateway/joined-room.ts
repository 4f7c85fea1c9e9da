import type { Viewer } from "../../protocol/internal-rooms.ts";
import { roomUrl } from "../../protocol/room-placement.ts";
import type { EdgeApi } from "../edge-api.ts";
import type { RoomsEnvironment } from "../rooms-environment.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { FramePart } from "./delivery.ts";
import { HeadCount } from "./head-count.ts";
import { RoomLink } from "./room-link.ts";

/** How long a client waits for a room before it is told 503. */
export const patienceMs = 10_000;
/** A room that everyone has left is kept for those who come back at once. */
const lingerMs = 10_000;

/** What has something to say to its members with the next flush. */
export interface Flushable {
  /** `say` is called once for each member who is told something; with what has no seq when `soft`. */
  flush(soft: boolean, say: (socket: ClientSocket, part: FramePart) => void): void;
}

/** What a joined room needs of its gateway. */
export interface GatewayHost {
  readonly name: string;
  readonly environment: RoomsEnvironment;
  readonly api: EdgeApi;
  /** This room has something for the next flush. */
  queued(room: Flushable): void;
  /** This room has something without a seq, which may wait for what others have of that kind. */
  queuedSoft(room: Flushable): void;
  /** The open sockets of one person. */
  socketsOf(viewerId: string): ClientSocket[];
  /** Ends a socket, with a code that the client understands. */
  dismiss(socket: ClientSocket, code: number, reason: string): void;
}

/**
 * A session or event room as one gateway sees it: joined once, over one link, for all of the gateway's sockets. Counts
 * the people behind them, and asks the room questions that are answered over the link.
 */
export abstract class JoinedRoom<M> implements Flushable {
  readonly id: string;
  protected readonly host: GatewayHost;
  protected readonly link: RoomLink;
  protected readonly members = new Map<ClientSocket, M>();
  readonly #people = new HeadCount();
  #peopleTold = { viewers: 0, unnamed: 0 };
  #entering = 0;
  #viewers: string | null = null;
  #isViewersQueued = false;
  #emptySince: number | null = Date.now();
  #questions = new Map<number, (answer: unknown) => void>();
  #nextQuestion = 1;
  #welcomed: Promise<void>;
  #welcome: () => void = () => {};

  constructor(host: GatewayHost, party: "session" | "event", id: string) {
    this.host = host;
    this.id = id;
    this.#welcomed = new Promise((resolve) => {
      this.#welcome = resolve;
    });
    this.link = new RoomLink({
      url: roomUrl(host.environment.ROOMS_URL, `/parties/${party}/${id}`),
      internalKey: host.environment.INTERNAL_API_KEY,
      opened: () => {
        this.#peopleTold = this.#peopleNow();
        this.link.send({ kind: "hello", gateway: host.name, after: this.resumePoint(), ...this.#peopleTold });
        this.linkOpened();
      },
      received: (raw) => this.receive(raw),
      lost: () => this.#forgetQuestions(),
    });
  }

  /** What this gateway has of the room's log. */
  protected abstract resumePoint(): number | null;
  protected abstract receive(raw: unknown): void;
  /** The room has been greeted, and knows nothing else of this gateway. */
  protected linkOpened(): void {}
  /**
   * What the flush that begins now says to each member, on top of what is for one socket alone; with what has no seq
   * when `soft`. Null when there is nothing to say.
   */
  protected abstract takeBatch(soft: boolean): ((socket: ClientSocket, member: M) => FramePart | null) | null;
  /** How many people are here of whom the API may not know. */
  protected get unnamed(): number {
    return 0;
  }
  /** Somebody is here with their first socket, or has gone with their last. */
  protected came(_socket: ClientSocket): void {}
  protected left(_socket: ClientSocket): void {}
  /** About once a second. */
  abstract sweep(now: number): void;

  flush(soft: boolean, say: (socket: ClientSocket, part: FramePart) => void): void {
    this.tellPeople();
    const partFor = this.takeBatch(soft);
    if (partFor === null) return;
    for (const [socket, member] of this.members) {
      const part = partFor(socket, member);
      if (part !== null) say(socket, part);
    }
  }

  has(socket: ClientSocket): boolean {
    return this.members.has(socket);
  }

  /** The counts as of now are what a newcomer hears last. */
  protected enter(socket: ClientSocket, member: M): void {
    if (!this.members.has(socket) && this.#people.add(socket.viewer.viewerId)) this.came(socket);
    this.members.set(socket, member);
    this.#emptySince = null;
    if (this.#viewers !== null) socket.queue(this.#viewers);
    this.host.queued(this);
  }

  leave(socket: ClientSocket): void {
    if (!this.members.delete(socket)) return;
    if (this.#people.remove(socket.viewer.viewerId)) this.left(socket);
    if (this.members.size === 0) this.#emptySince = Date.now();
    this.host.queued(this);
  }

  /** Keeps the room while someone is on the way in. */
  async whileEntering(entering: Promise<void>): Promise<void> {
    this.#entering++;
    try {
      await entering;
    } finally {
      this.#entering--;
      if (this.members.size === 0) this.#emptySince = Date.now();
    }
  }

  isDeserted(now: number): boolean {
    return (
      this.members.size + this.#entering === 0 &&
      this.#emptySince !== null &&
      now - this.#emptySince >= lingerMs
    );
  }

  close(): void {
    this.link.close();
    this.#forgetQuestions();
  }

  /** Called with every flush: the room hears of people at most as often. */
  protected tellPeople(): void {
    const now = this.#peopleNow();
    const { viewers, unnamed } = this.#peopleTold;
    if (now.viewers === viewers && now.unnamed === unnamed) return;
    if (this.link.send({ kind: "viewers", ...now })) this.#peopleTold = now;
  }

  #peopleNow(): { viewers: number; unnamed: number } {
    return { viewers: this.#people.people, unnamed: this.unnamed };
  }

  protected welcomed(): void {
    this.#welcome();
  }

  /** Enters the room, for one who may: ids that somebody made up never make rooms. False when it does not answer. */
  protected async whenWelcomed(): Promise<boolean> {
    this.link.start();
    return withTimeout(
      this.#welcomed.then(() => true),
      false,
    );
  }

  protected setViewers(text: string): void {
    this.#viewers = text;
    this.#isViewersQueued = true;
    this.host.queuedSoft(this);
  }

  protected takeViewers(): string[] {
    const taken = this.#isViewersQueued && this.#viewers !== null ? [this.#viewers] : [];
    this.#isViewersQueued = false;
    return taken;
  }

  /** Null when the link is down, goes down, or no answer comes. */
  protected async question<A>(message: Record<string, unknown>): Promise<A | null> {
    const id = this.#nextQuestion++;
    const answer = new Promise<A | null>((resolve) => {
      this.#questions.set(id, (value) => resolve(value as A | null));
      if (!this.link.send({ ...message, id })) this.answered(id, null);
    });
    return withTimeout(answer, null).finally(() => this.#questions.delete(id));
  }

  protected answered(id: number, answer: unknown): void {
    this.#questions.get(id)?.(answer);
    this.#questions.delete(id);
  }

  #forgetQuestions(): void {
    for (const id of [...this.#questions.keys()]) this.answered(id, null);
  }
}

function withTimeout<T>(promise: Promise<T>, otherwise: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(otherwise), patienceMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** One batch of viewers, asked again once when the API was away for a moment. */
export async function askAgainOnce<A extends { ok: boolean; again?: boolean }>(
  ask: (viewers: Viewer[]) => Promise<A>,
  viewers: Viewer[],
): Promise<A> {
  const answer = await ask(viewers);
  if (answer.ok || answer.again !== true) return answer;
  await new Promise((resolve) => setTimeout(resolve, 300));
  return ask(viewers);
}
