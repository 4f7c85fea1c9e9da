import { Arrivals } from "./arrivals.ts";
import type { Command, Conversation, ConversationSettings, Hearing, Total } from "./conversation.ts";
import type { DeliveryTimes } from "./delivery-times.ts";
import { PlainSocket } from "./plain-socket.ts";

/** What all clients of a crowd count together. */
export interface Tally {
  frames: number;
  bytes: number;
  /** First arrivals, of all numbers at all clients. */
  arrived: number;
  /** Arrived again although no resume explains it. */
  doubled: number;
  /** Arrived again with a seq that the client had, or in a snapshot: a client drops these. */
  repeated: number;
  /** Times of every `sampleEvery`th number, where it was sent at `measuredFrom` or later. */
  times: DeliveryTimes;
  sampleEvery: number;
  measuredFrom: number;
}

export interface ClientHost {
  readonly tally: Tally;
  answered(number: number, refusal: string | null): void;
  /** A connection that had joined was closed by the other side. */
  dropped(client: LoadClient, reason: string): void;
}

/** Milliseconds that all processes of this machine agree on. */
export const nowMs = () => Math.floor(performance.timeOrigin + performance.now());

/** Rostrum closes a socket above 20 frames a second, or 20 at once; pings and joins are among them. */
const framesASecond = 15;
const burst = 10;

/** One person with one socket, who counts what arrives. */
export class LoadClient implements Hearing {
  readonly session: number;
  readonly sends: boolean;
  readonly arrivals = new Arrivals();
  /** The newest totals that were told, by poll or question. */
  readonly newest = new Map<string, number[] | null>();
  /** When each frame with totals came, where that is wanted. */
  totalsAt: number[] | null = null;
  isJoined = false;
  readonly #host: ClientHost;
  readonly #origin: URL;
  readonly #token: string;
  readonly #conversation: Conversation;
  readonly #unanswered = new Map<number, Command>();
  #socket: PlainSocket | null = null;
  readonly #pace = { left: burst, at: 0 };
  #entering: { resolve(): void; reject(reason: Error): void } | null = null;

  constructor(
    host: ClientHost,
    person: { token: string; session: number; sends: boolean },
    origin: URL,
    converse: (settings: ConversationSettings, hearing: Hearing) => Conversation,
    settings: ConversationSettings,
  ) {
    this.#host = host;
    this.session = person.session;
    this.sends = person.sends;
    this.#token = person.token;
    this.#origin = origin;
    this.#conversation = converse(settings, this);
  }

  /** One attempt. Resolves when the session is joined; rejects with why it was not. */
  enter(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#entering = { resolve, reject };
      const socket = new PlainSocket(this.#origin, this.#conversation.path(this.#token), {
        opened: () => this.#conversation.opened((text) => socket.send(text)),
        received: (frame) => {
          this.#host.tally.frames++;
          this.#host.tally.bytes += frame.length;
          this.#conversation.received(frame);
        },
        closed: (reason) => this.#closed(reason),
      });
      this.#socket = socket;
    });
  }

  /** As when the network goes. */
  cut(): void {
    this.isJoined = false;
    this.#socket?.cut();
    this.#forget();
  }

  /** Whether it is in, and one more frame would not be too many. */
  get mayTalk(): boolean {
    const now = performance.now();
    const earned = ((now - this.#pace.at) / 1000) * framesASecond;
    this.#pace.left = Math.min(burst, this.#pace.left + earned);
    this.#pace.at = now;
    return this.isJoined && this.#pace.left >= 1;
  }

  say(number: number, command: Command): void {
    this.#unanswered.set(number, command);
    this.#send(number, command);
  }

  #send(number: number, command: Command): void {
    this.#pace.left--;
    this.#socket?.send(this.#conversation.command(number, command));
  }

  /** As many a second as it may, on the connection of now. */
  #sayAgain(left: [number, Command][]): void {
    const socket = this.#socket;
    while (left.length > 0 && this.mayTalk) this.#send(...left.shift()!);
    if (left.length === 0) return;
    setTimeout(() => {
      if (this.#socket === socket) this.#sayAgain(left);
    }, 1000);
  }

  ping(): void {
    if (this.isJoined && this.#conversation.ping !== null) this.#socket?.send(this.#conversation.ping);
  }

  joined(): void {
    this.isJoined = true;
    this.#entering?.resolve();
    this.#entering = null;
    this.#sayAgain([...this.#unanswered]);
  }

  refused(reason: string): void {
    this.#socket?.cut();
    this.#closed(reason);
  }

  message(number: number, sentAt: number, isRepeated: boolean): void {
    const { tally } = this.#host;
    if (this.arrivals.add(number)) {
      tally.arrived++;
      if (number % tally.sampleEvery === 0 && sentAt >= tally.measuredFrom) tally.times.add(nowMs() - sentAt);
    } else if (isRepeated) tally.repeated++;
    else tally.doubled++;
  }

  answered(number: number, refusal: string | null): void {
    if (this.#unanswered.delete(number)) this.#host.answered(number, refusal);
  }

  totals(totals: Total[]): void {
    this.totalsAt?.push(nowMs());
    for (const { id, counts } of totals) this.newest.set(id, counts);
  }

  #closed(reason: string): void {
    const entering = this.#entering;
    const wasJoined = this.isJoined;
    this.#entering = null;
    this.isJoined = false;
    this.#forget();
    if (entering !== null) entering.reject(new Error(reason));
    else if (wasJoined) this.#host.dropped(this, reason);
  }

  #forget(): void {
    this.#socket = null;
    if (!this.#conversation.maySayAgain) this.#unanswered.clear();
  }
}
