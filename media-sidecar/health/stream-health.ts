/** How one broadcast does: a sample a look, and what is to be said to the person at its encoder. */
import type { StreamSample } from "../../edge/protocol/stream-health.ts";
import type { LatencyMode, StreamSource, StreamWarning } from "../../edge/protocol/streams.ts";
import { deliveryRules } from "./delivery-rules.ts";
import { pictureRules } from "./picture-rules.ts";
import type { SampledStream } from "./sample-queue.ts";
import { soundRules } from "./sound-rules.ts";
import type { SourceInterval } from "./source-observer.ts";
import type { DiskCondition, StreamCondition } from "./stream-condition.ts";
import { nextWarning, quiet, type WarningState } from "./warning-state.ts";

/** What a broadcast did since it was looked at last. */
export interface BroadcastLook {
  readonly source: StreamSource | null;
  /** Null while nobody sends. */
  readonly interval: SourceInterval | null;
  readonly announcedKbps: number | null;
  readonly renditions: number;
  /** Seconds of media made in a second; null while nothing is encoded. */
  readonly encodingSpeed: number | null;
  /** Source that waits for the encoders. */
  readonly backlogSeconds: number;
  /** Renditions that are not made now, and why. */
  readonly shed: SampledStream["shed"];
}

export interface MachineLook {
  /** As often as it looks. */
  readonly everySeconds: number;
  readonly viewers: number;
  /** Null where it could not be seen. */
  readonly disk: Omit<DiskCondition, "records"> | null;
}

/** `nowMs` is `performance.now`. */
export interface Occasion {
  readonly at: Date;
  readonly nowMs: number;
  /** Whether the stream is to be recorded. */
  readonly records: boolean;
}

const rules = [...pictureRules, ...soundRules, ...deliveryRules];
/** What holds of a stream whoever sends it. */
const lasting = new Set(["reconnects-often", "falls-behind", "disk-low"]);

const lostForMs = 10 * 60_000;
const intervalsRemembered = 6;
/** Less than this says nothing of a rate. */
const leastSeconds = 1;

export class StreamHealth {
  readonly #latencyMode: LatencyMode;
  readonly #states = new Map<string, WarningState>();
  #recentKbps: number[] = [];
  #lostAtMs: number[] = [];
  #reconnects = 0;
  #sample: StreamSample | null = null;
  #unread = { atLook: 0, now: 0 };

  constructor(latencyMode: LatencyMode) {
    this.#latencyMode = latencyMode;
  }

  /** How often an encoder has come back into the broadcast. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** The newest; null before the first look. */
  get sample(): StreamSample | null {
    return this.#sample;
  }

  /** The encoder's connection is gone. `nowMs` is `performance.now`. */
  lost(nowMs: number): void {
    this.#lostAtMs.push(nowMs);
  }

  /** What this machine did not read in time, as nginx counts it. */
  leftUnread(messages: number): void {
    // It counts from zero for whoever attaches anew.
    if (messages < this.#unread.now) this.#unread.atLook = 0;
    this.#unread.now = messages;
  }

  /** A publisher begins, of whom nothing is known yet. */
  publisherCame(returns: boolean): void {
    if (returns) this.#reconnects++;
    this.#recentKbps = [];
    for (const { code } of rules) if (!lasting.has(code)) this.#states.delete(code);
  }

  /** Call about every ten seconds; answers whether other things are to be said than before. */
  look(look: BroadcastLook, machine: MachineLook, { at, nowMs, records }: Occasion): boolean {
    const { viewers, disk, everySeconds } = machine;
    const { source, announcedKbps } = look;
    const interval = look.interval !== null && look.interval.seconds >= leastSeconds ? look.interval : null;
    const bitrateKbps = interval === null ? 0 : (interval.bytes * 8) / 1000 / interval.seconds;
    // Beside whole ones, a publisher's first seconds would look like a swing: a keyframe, then little.
    if (interval !== null && interval.seconds >= everySeconds / 2)
      this.#recentKbps = [...this.#recentKbps, bitrateKbps].slice(-intervalsRemembered);
    this.#lostAtMs = this.#lostAtMs.filter((lostAtMs) => nowMs - lostAtMs < lostForMs);
    const backlogSeconds = tenths(look.backlogSeconds);
    this.#sample = {
      at: at.toISOString(),
      bitrateKbps: Math.round(bitrateKbps),
      frameRate: interval === null ? 0 : tenths(interval.pictures / interval.seconds),
      keyframeIntervalSeconds: interval === null ? null : (source?.keyframeIntervalSeconds ?? null),
      droppedFrames: interval?.missingPictures ?? 0,
      audioDriftMs: interval?.soundLeadMs ?? null,
      encodingSpeed: look.encodingSpeed === null ? null : hundredths(look.encodingSpeed),
      backlogSeconds,
      renditions: look.renditions,
      viewers,
    };
    const unreadMessages = this.#unread.now - this.#unread.atLook;
    this.#unread.atLook = this.#unread.now;
    const before = JSON.stringify(this.warnings);
    this.#judge({
      latencyMode: this.#latencyMode,
      // Of whoever is not there, nothing is to be said but that.
      source: interval === null ? null : source,
      interval,
      announcedKbps,
      unreadMessages,
      recentKbps: this.#recentKbps,
      backlogSeconds,
      lostConnections: this.#lostAtMs.length,
      disk: disk && { ...disk, records },
    });
    return JSON.stringify(this.warnings) !== before;
  }

  get warnings(): StreamWarning[] {
    return rules.flatMap(({ code }) => {
      const said = this.#states.get(code)?.said ?? null;
      return said === null ? [] : [{ code, detail: said }];
    });
  }

  /** `others`, as others found them at once, and ours; where both judge the same, we do who go on looking. */
  with(others: readonly StreamWarning[]): StreamWarning[] {
    return [...others.filter(({ code }) => !this.#isSettled(code)), ...this.warnings];
  }

  /** It was looked at long enough to say it, or to take it back. */
  #isSettled(code: string): boolean {
    const [rule, state] = [rules.find((each) => each.code === code), this.#states.get(code)];
    return !!rule && !!state && (state.said !== null || state.good >= rule.calm);
  }

  #judge(condition: StreamCondition): void {
    for (const rule of rules) {
      const verdict = rule.judge(condition);
      const state = this.#states.get(rule.code);
      if (state === undefined && verdict === "unsure") continue;
      this.#states.set(rule.code, nextWarning(state ?? quiet, verdict, rule));
    }
  }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
