import type { OthersResponse } from "../protocol/internal-rooms.ts";
import { closeCodes } from "../protocol/realtime.ts";
import { OtherViewers } from "./other-viewers.ts";
import { Pace } from "./pace.ts";
import { closeQuietly, type PartyConnection } from "./party.ts";
import { ViewerTally } from "./viewer-tally.ts";

const tickMs = 250;
/** A gateway that says nothing for so long (it pings every 4 s) is gone, whatever its socket says. */
const silentGatewayMs = 12_000;
/** Who watches without a socket is asked for so often, and sooner while who came may be among them. */
const askEveryMs = 2000;
const askInDoubtMs = 1000;

interface Gateway {
  heardAt: number;
  name: string;
  viewers: number;
  /** Of these, those of whom the API may not know. */
  unnamed: number;
}

export interface OccupancyDuties {
  /** Tells the edge API; answers the highest peak that it knows of, null when it has not heard. */
  report(counts: { count: number; peak: number }): Promise<number | null>;
  /** Who watches without a socket, as the API counts them; null when it has not said. */
  others(): Promise<OthersResponse | null>;
  /** About four times a second while anyone is here. */
  tick(now: number): void;
}

/**
 * The gateways of a session or event room, and how many people they stand for; and, while anyone is here, how many
 * watch besides without a socket. Says `viewers` to the gateways at most every 2 s and within 3 s of a change, reports
 * presence to the API, and runs the room's clock only while it is needed.
 */
export class Occupancy {
  readonly #gateways = new Map<PartyConnection, Gateway>();
  readonly #tally = new ViewerTally();
  readonly #others = new OtherViewers();
  readonly #saying = new Pace({ gatherMs: 400, gapMs: 2000 });
  readonly #presence = new Pace({ gatherMs: 1000, gapMs: 5000, repeatMs: 15_000 });
  readonly #duties: OccupancyDuties;
  #clock: ReturnType<typeof setInterval> | null = null;
  #report: Promise<void> | null = null;
  #reportedCount = 0;
  #asking: Promise<void> | null = null;
  #askedAt = 0;
  /** As of the last tick. */
  #count = 0;

  constructor(duties: OccupancyDuties) {
    this.#duties = duties;
  }

  get occupied(): boolean {
    return this.#gateways.size > 0;
  }

  /** `name` is the gateway's, as its own room is called. */
  hello(gateway: PartyConnection, name: string, viewers: number, unnamed: number): void {
    this.#gateways.set(gateway, { heardAt: Date.now(), name, viewers: 0, unnamed });
    this.setViewers(gateway, viewers, unnamed);
    // Newcomers hear the count even where it has not changed.
    this.#saying.changed(Date.now());
    this.#clock ??= setInterval(() => this.#tick(), tickMs);
  }

  heard(gateway: PartyConnection): void {
    const state = this.#gateways.get(gateway);
    if (state) state.heardAt = Date.now();
  }

  setViewers(gateway: PartyConnection, viewers: number, unnamed: number): void {
    const state = this.#gateways.get(gateway);
    if (!state) return;
    this.#others.came(viewers - state.viewers);
    Object.assign(state, { viewers, unnamed });
    if (this.#tally.set(gateway, viewers)) this.#changed();
  }

  gone(gateway: PartyConnection): void {
    this.#gateways.delete(gateway);
    if (this.#tally.remove(gateway)) this.#changed();
  }

  /** Without anyone here the API counts the others by itself. */
  get counts(): { count: number; peak: number } {
    const others = this.occupied ? this.#others.count(Date.now()) : 0;
    const count = this.#tally.count + others;
    return { count, peak: Math.max(count, this.#tally.peak) };
  }

  gateways(): Iterable<PartyConnection> {
    return this.#gateways.keys();
  }

  *named(): Iterable<[PartyConnection, string]> {
    for (const [gateway, { name }] of this.#gateways) yield [gateway, name];
  }

  isHere(gateway: PartyConnection): boolean {
    return this.#gateways.has(gateway);
  }

  say(gateway: PartyConnection, text: string): void {
    try {
      gateway.send(text);
    } catch {
      this.gone(gateway);
    }
  }

  broadcast(text: string): void {
    for (const gateway of [...this.#gateways.keys()]) this.say(gateway, text);
  }

  /** Every gateway comes again from the beginning. */
  dismissAll(): void {
    for (const gateway of [...this.#gateways.keys()]) {
      this.gone(gateway);
      closeQuietly(gateway, closeCodes.restart, "start again");
    }
  }

  #changed(): void {
    this.#saying.changed(Date.now());
    this.#presence.changed(Date.now());
  }

  #tick(): void {
    const now = Date.now();
    for (const [gateway, { heardAt }] of [...this.#gateways]) {
      if (now - heardAt <= silentGatewayMs) continue;
      this.gone(gateway);
      closeQuietly(gateway, closeCodes.silent, "silent");
    }
    this.#askAgain(now);
    const { counts } = this;
    this.#tally.raisePeak(counts.peak);
    if (counts.count !== this.#count) this.#changed();
    this.#count = counts.count;
    if (this.#saying.take(now)) this.broadcast(JSON.stringify({ kind: "viewers", ...counts }));
    if (this.#report === null && this.#presence.take(now)) this.#tell(counts);
    this.#duties.tick(now);
    if (!this.occupied && this.#reportedCount === 0 && this.#report === null) this.#rest();
  }

  #askAgain(now: number): void {
    let unnamed = 0;
    for (const gateway of this.#gateways.values()) unnamed += gateway.unnamed;
    this.#others.note(unnamed, now);
    const gapMs = this.#others.isInDoubt(now) ? askInDoubtMs : askEveryMs;
    if (!this.occupied || this.#asking !== null || now < this.#askedAt + gapMs) return;
    this.#askedAt = now;
    this.#asking = this.#duties.others().then((answer) => {
      this.#asking = null;
      if (answer !== null) this.#others.heard(answer.others, now - answer.ageMs, Date.now());
    });
  }

  #tell(counts: { count: number; peak: number }): void {
    this.#report = this.#duties.report(counts).then((peak) => {
      this.#report = null;
      if (peak === null) {
        // Presence may be lost while someone is here to say it again; the last zero may not.
        this.#presence.changed(Date.now());
        return;
      }
      this.#reportedCount = counts.count;
      // What was before this room's time counts too.
      if (this.#tally.raisePeak(peak)) this.#saying.changed(Date.now());
    });
  }

  #rest(): void {
    if (this.#clock !== null) clearInterval(this.#clock);
    this.#clock = null;
  }
}
