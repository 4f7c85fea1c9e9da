/** Divides what the machine can encode among its streams: promises it, and takes it back where it is not kept. */
import type { LatencyMode } from "../../edge/protocol/streams.ts";
import { unknownStreamCost } from "../ladder/ladder-cost.ts";
import type { EncodingShare, LadderLook, LadderOrder, PlanPrice } from "./encoding-share.ts";
import type { Capacity } from "./kept-capacity.ts";
import {
  afterBringingBack,
  afterShedding,
  freshLoad,
  judgeLoad,
  type LoadLimits,
  type LoadState,
  loadLimits,
} from "./load-judge.ts";
import { Refusals } from "./refusals.ts";

export interface DeskOptions {
  /** May take seconds; streams wait for it with their first picture. Never rejects. */
  readonly capacity: Promise<Capacity>;
  /** Measures the processor alone, when the hardware encoder has failed. Never rejects. */
  withoutDevice?(): Promise<Capacity>;
  /** Which share of the processor is idle, 0 to 1; without it growth is not held back by that. */
  idleProcessor?(): number;
  readonly limits?: Record<LatencyMode, LoadLimits>;
}

/** The rest is for nginx, Node and the disk, for relays, and for pictures that are harder than the trial's. */
const promisedAtMost = 0.8;
/** Looks come every second; without one for so long nothing is encoded, as while an encoder is waited for. */
const behindMs = 5000;

interface Promised {
  cost: number;
  leastCost: number;
  nextSparing: number;
  readonly order: (order: LadderOrder) => void;
  readonly latencyMode: LatencyMode;
  load: LoadState;
  /** It was told to plan again, and has not done so yet. */
  yielding: boolean;
  /** When it was last seen so; -Infinity once it has caught up. */
  behindAtMs: number;
}

export class EncodingDesk {
  readonly ready: Promise<void>;
  readonly #options: DeskOptions;
  readonly #limits: Record<LatencyMode, LoadLimits>;
  readonly #shares = new Map<symbol, Promised>();
  readonly #refusals = new Refusals();
  #capacity: Capacity | null = null;
  #changedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#limits = options.limits ?? loadLimits;
    this.ready = options.capacity.then((capacity) => {
      this.#capacity = capacity;
    });
  }

  /** Null while it is being measured. */
  get capacity(): Capacity | null {
    return this.#capacity;
  }

  /** Luma samples a second, of all streams. */
  get promised(): number {
    return this.#sum(({ cost }) => cost);
  }

  /** Whether another stream may be let in: whether it can be copied is not known before its first pictures. */
  admits(playbackId: string, nowMs: number): boolean {
    const needs = this.#refusals.leastCost(playbackId, nowMs) ?? unknownStreamCost;
    return this.#sum(({ leastCost }) => leastCost) + needs <= this.#promisable;
  }

  /** A stream had to be sent away when its pictures were known. */
  refused(playbackId: string, leastCost: number, nowMs: number): void {
    this.#refusals.add(playbackId, leastCost, nowMs);
  }

  /** A place for a broadcast; `order` is called when its ladder has to change, and never within a call to the share. */
  open(latencyMode: LatencyMode, order: (order: LadderOrder) => void): EncodingShare {
    const key = Symbol("share");
    const own: Promised = {
      ...{ cost: unknownStreamCost, leastCost: unknownStreamCost, nextSparing: 0 },
      ...{ order, latencyMode, load: freshLoad(this.#limits[latencyMode]), yielding: false },
      behindAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#shares.set(key, own);
    const desk = this;
    return {
      ready: this.ready,
      get encoder() {
        return desk.#capacity?.encoder ?? "libx264";
      },
      get room() {
        return desk.#promisable - desk.#sum((each) => (each === own ? 0 : each.cost));
      },
      fits: (leastCost) =>
        desk.#sum((each) => (each === own ? 0 : each.leastCost)) + leastCost <= desk.#promisable,
      promise: (price) => desk.#promise(own, price),
      look: (look) => desk.#look(own, look),
      encoderFailed: () => desk.#giveUpEncoder(),
      close: () => void this.#shares.delete(key),
    };
  }

  get #promisable(): number {
    return this.#capacity === null
      ? Number.POSITIVE_INFINITY
      : this.#capacity.samplesPerSecond * promisedAtMost;
  }

  #sum(of: (share: Promised) => number): number {
    let sum = 0;
    for (const share of this.#shares.values()) sum += of(share);
    return sum;
  }

  #promise(own: Promised, price: PlanPrice): void {
    const { cost, leastCost, nextSparing } = price;
    Object.assign(own, { cost, leastCost, nextSparing, yielding: false });
    // A stream at its smallest comes before anyone's larger renditions.
    while (this.promised > this.#promisable) {
      const giving = this.#dearest((share) => share !== own && !share.yielding);
      if (giving === null) return;
      giving.yielding = true;
      Object.assign(giving, { cost: giving.cost - giving.nextSparing, nextSparing: 0 });
      this.#tell(giving, "replan");
    }
  }

  #look(own: Promised, look: LadderLook): boolean {
    const limits = this.#limits[own.latencyMode];
    const { state, verdict } = judgeLoad(own.load, look, limits);
    own.load = state;
    own.behindAtMs = verdict === "behind" ? look.atMs : Number.NEGATIVE_INFINITY;
    if (verdict === "behind") return this.#relieve(own, look.atMs, limits);
    if (verdict === "calm" && this.#mayGrow(look, limits)) {
      this.#changedAtMs = look.atMs;
      own.load = afterBringingBack(own.load, look.atMs);
      this.#tell(own, "grow");
    }
    return false;
  }

  /** The stream that is behind sheds; when it has nothing left to shed, the one with the dearest rung does. */
  #relieve(behind: Promised, atMs: number, { settleSeconds }: LoadLimits): boolean {
    if (atMs - this.#changedAtMs < settleSeconds.shed * 1000) return false;
    const giving = behind.nextSparing > 0 ? behind : this.#dearest(() => true);
    if (giving === null) return true;
    this.#changedAtMs = atMs;
    giving.load = afterShedding(giving.load, this.#limits[giving.latencyMode]);
    giving.cost -= giving.nextSparing;
    giving.nextSparing = 0;
    this.#tell(giving, "shed");
    return false;
  }

  #mayGrow({ atMs, growth }: LadderLook, { settleSeconds }: LoadLimits): boolean {
    if (growth <= 0 || atMs - this.#changedAtMs < settleSeconds.grow * 1000) return false;
    for (const { behindAtMs } of this.#shares.values()) if (atMs - behindAtMs < behindMs) return false;
    const { idleProcessor } = this.#options;
    // A device's work is not seen in the processor's.
    if (idleProcessor === undefined || this.#capacity?.encoder !== "libx264") return true;
    return growth / this.#capacity.samplesPerSecond <= idleProcessor();
  }

  /** Null when no stream has a rung to give. */
  #dearest(among: (share: Promised) => boolean): Promised | null {
    let dearest: Promised | null = null;
    for (const share of this.#shares.values())
      if (share.nextSparing > (dearest?.nextSparing ?? 0) && among(share)) dearest = share;
    return dearest;
  }

  #giveUpEncoder(): void {
    const capacity = this.#capacity;
    if (capacity === null || capacity.encoder === "libx264") return;
    this.#capacity = { ...capacity, encoder: "libx264" };
    // What streams were promised before stays promised: the load will tell which rungs have to go.
    void this.#options.withoutDevice?.().then((measured) => {
      this.#capacity = measured;
    });
  }

  #tell(share: Promised, order: LadderOrder): void {
    queueMicrotask(() => share.order(order));
  }
}
