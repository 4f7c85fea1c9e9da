import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Command, Conversation, ConversationSettings, Hearing } from "./conversation.ts";
import { DeliveryTimes } from "./delivery-times.ts";
import { type ClientHost, LoadClient, type Tally } from "./load-client.ts";
import { RostrumConversation } from "./rostrum-conversation.ts";
import { SocketIoConversation } from "./socket-io-conversation.ts";

export interface CrowdSettings {
  wire: "rostrum" | "socket.io";
  /** `http://host:port` */
  origin: string;
  sessionIds: string[];
  people: { token: string; session: number; sends: boolean }[];
  /** How many may be on their way in at the same time. */
  entering: number;
  run: string;
  wantsTotals?: boolean;
}

export interface Entered {
  seconds: number;
  /** Attempts that failed and were made again, by reason. */
  failures: Record<string, number>;
}

const wires: Record<CrowdSettings["wire"], (to: ConversationSettings, hearing: Hearing) => Conversation> = {
  rostrum: (settings, hearing) => new RostrumConversation(settings, hearing),
  "socket.io": (settings, hearing) => new SocketIoConversation(settings, hearing),
};
const pingMs = 25_000;
const patienceMs = 120_000;

/** All clients of one load, and what became of everything they said. */
export class Crowd implements ClientHost {
  readonly clients: LoadClient[];
  readonly tally: Tally = {
    frames: 0,
    bytes: 0,
    arrived: 0,
    doubled: 0,
    repeated: 0,
    times: new DeliveryTimes(),
    sampleEvery: 1,
    measuredFrom: 0,
  };
  /** By number: the session, and whether it was accepted (null without an answer). */
  readonly said: { session: number; accepted: boolean | null }[] = [];
  /** How often each reason was given: not to carry out a command, to close a connection, not to let someone in. */
  refusals: Record<string, number> = {};
  drops: Record<string, number> = {};
  failures: Record<string, number> = {};
  readonly #entering: number;
  readonly #pinging: ReturnType<typeof setInterval>[] = [];
  #isClosed = false;

  constructor(settings: CrowdSettings) {
    this.#entering = settings.entering;
    const origin = new URL(settings.origin);
    this.clients = settings.people.map((person) => {
      const conversation = {
        sessionId: settings.sessionIds[person.session]!,
        token: person.token,
        run: settings.run,
        wantsTotals: settings.wantsTotals ?? false,
      };
      return new LoadClient(this, person, origin, wires[settings.wire], conversation);
    });
  }

  /** Everyone comes in, so many at a time. Throws when someone could not for two minutes. */
  async enterAll(): Promise<Entered> {
    const began = performance.now();
    const waiting = this.clients.values();
    const worker = async () => {
      for (const client of waiting) await this.enter(client);
    };
    await Promise.all(Array.from({ length: this.#entering }, worker));
    // Spread, as pings of people are.
    for (let part = 0; part < 25; part++) {
      const own = this.clients.filter((_, index) => index % 25 === part);
      setTimeout(
        () => {
          if (this.#isClosed) return;
          const ping = () => own.forEach((client) => void client.ping());
          this.#pinging.push(setInterval(ping, pingMs));
          ping();
        },
        (pingMs / 25) * part,
      );
    }
    return { seconds: (performance.now() - began) / 1000, failures: { ...this.failures } };
  }

  /** Tries until it is in, as client libraries do. */
  async enter(client: LoadClient): Promise<void> {
    const until = performance.now() + patienceMs;
    for (let attempt = 0; !this.#isClosed; attempt++) {
      try {
        await client.enter();
        return;
      } catch (error) {
        const reason = (error as Error).message;
        count(this.failures, reason);
        if (performance.now() > until) throw new Error(`a client could not come in: ${reason}`);
        await sleep(Math.min(5000, 250 * 2 ** attempt) * (0.5 + Math.random()));
      }
    }
  }

  /** Hands out the next number; the answer to it is kept here. */
  say(client: LoadClient, command: (number: number) => Command): number {
    const number = this.said.length;
    this.said.push({ session: client.session, accepted: null });
    client.say(number, command(number));
    return number;
  }

  answered(number: number, refusal: string | null): void {
    const said = this.said[number];
    if (said === undefined || said.accepted !== null) return;
    said.accepted = refusal === null;
    if (refusal !== null) count(this.refusals, refusal);
  }

  dropped(client: LoadClient, reason: string): void {
    if (this.#isClosed) return;
    count(this.drops, reason);
    void this.enter(client).catch(() => undefined);
  }

  forgetTroubles(): void {
    this.refusals = {};
    this.drops = {};
    this.failures = {};
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#pinging) clearInterval(timer);
    for (const client of this.clients) client.cut();
  }
}

export interface Effort {
  seconds: number;
  /** Of this process: processor time as a share of one core. */
  generatorCores: number;
  /** How late timers were here at most in 99 of 100 cases, in milliseconds. */
  generatorLagMs: number;
  framesPerSecond: number;
  megabytesPerSecond: number;
}

/** Measures what this process itself does while `work` goes on. */
export async function withEffort<T>(tally: Tally, work: () => Promise<T>): Promise<T & Effort> {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const [used, began, frames, bytes] = [process.cpuUsage(), performance.now(), tally.frames, tally.bytes];
  const result = await work();
  const { user, system } = process.cpuUsage(used);
  const seconds = (performance.now() - began) / 1000;
  lag.disable();
  return {
    ...result,
    seconds,
    generatorCores: (user + system) / 1e6 / seconds,
    generatorLagMs: Math.max(0, lag.percentile(99) / 1e6 - 5),
    framesPerSecond: (tally.frames - frames) / seconds,
    megabytesPerSecond: (tally.bytes - bytes) / seconds / 1e6,
  };
}

export function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

export const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
