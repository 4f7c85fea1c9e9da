import type { PlaybackBeat } from "../../edge/protocol/streams.ts";
import { type BeatFault, beatFaults } from "./beat-fault.ts";
import { countersAt, type PlayCounters } from "./play-counters.ts";
import type { RunClock } from "./run-clock.ts";
import type { HttpAnswer, ViewerNetwork } from "./viewer-network.ts";
import type { VisitScript } from "./viewer-script.ts";

export interface BeatLine {
  /** `http://host:port` */
  url: string;
  network: ViewerNetwork;
  token: string;
  headers: Record<string, string>;
  clock: RunClock;
  latestSeconds: number;
  beatSeconds: number;
  /** When processes of the API are killed, which takes along what was answered and not yet written. */
  apiKillsAt: readonly number[];
  /** Told of every answer; null: there was none. */
  answered(answer: HttpAnswer | null): void;
}

/** Sends the beats of one play, over a line on which some are lost, late, cut off or said twice. */
export class BeatSender {
  readonly #line: BeatLine;
  readonly #visit: VisitScript;
  readonly #openedAt: number;
  readonly #playId = crypto.randomUUID();
  readonly #nextFault: () => BeatFault;
  readonly #waiting = new Set<NodeJS.Timeout>();
  readonly #underWay = new Set<Promise<void>>();
  #beat = 0;
  #heardSeconds = 0;
  /** What it had played by the first beat that was answered. */
  #firstHeardSeconds: number | null = null;
  #toldFrom = Number.POSITIVE_INFINITY;

  constructor(line: BeatLine, visit: VisitScript, openedAt: number) {
    this.#line = line;
    this.#visit = visit;
    this.#openedAt = openedAt;
    this.#nextFault = beatFaults(visit.faultSeed, line.latestSeconds);
  }

  send(ended: boolean): void {
    const counters = countersAt(this.#visit, this.#openedAt, this.#line.clock.now());
    const body = this.#body(counters, ended);
    const told = counters.playedSeconds;
    const fault = this.#nextFault();
    const isSentNow = fault.kind !== "lost" && fault.kind !== "late";
    if (isSentNow) this.#post(body, told, fault.kind === "aborted");
    if (fault.kind === "twice") this.#post(body, told);
    if ("afterSeconds" in fault) this.#later(body, told, fault.afterSeconds);
  }

  /** Nothing of this device arrives any more. */
  drop(): void {
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#waiting.clear();
  }

  get isQuiet(): boolean {
    return this.#waiting.size === 0 && this.#underWay.size === 0;
  }

  /**
   * Of what it played until now: how much no answer vouches for. A goodbye may be late, or lost; and the first beat
   * that comes through vouches for one beat's time before it at most.
   */
  untoldSeconds(): number {
    const { playedSeconds } = countersAt(this.#visit, this.#openedAt, this.#line.clock.now());
    const unheardSeconds = Math.max(0, (this.#firstHeardSeconds ?? 0) - this.#line.beatSeconds);
    return playedSeconds - this.#heardSeconds + unheardSeconds;
  }

  /** Since when it is known that somebody is there: the first answer that vouches for a beat, in seconds of the run. */
  get toldFrom(): number {
    return this.#toldFrom;
  }

  /** Beats are written once a second; a busy machine takes its time for that, and for the kill. */
  #isKept(): boolean {
    const now = this.#line.clock.now();
    return !this.#line.apiKillsAt.some((at) => at > now - 1 && at < now + 2.5);
  }

  #body({ playing, playedSeconds, stalls, stallSeconds }: PlayCounters, ended: boolean): string {
    const beat: PlaybackBeat = {
      token: this.#line.token,
      playId: this.#playId,
      beat: ++this.#beat,
      playing: playing && !ended,
      ended,
      playedSeconds,
      renditions: { source: playedSeconds },
      stalls,
      stallSeconds,
      errors: 0,
      joinMs: 400,
      latencySeconds: 4,
    };
    return JSON.stringify(beat);
  }

  #later(body: string, told: number, seconds: number): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#post(body, told);
    }, seconds * 1000);
    this.#waiting.add(timer);
  }

  #post(body: string, told: number, hangsUp = false): void {
    const { url, network, headers } = this.#line;
    const sent = network
      .ask({
        method: "POST",
        url: `${url}/api/playback/beat`,
        headers: { ...headers, "content-type": "application/json" },
        body,
        hangsUp,
      })
      .then((answer) => {
        if (answer?.status === 204 && this.#isKept()) {
          this.#firstHeardSeconds ??= told;
          this.#toldFrom = Math.min(this.#toldFrom, this.#line.clock.now());
          this.#heardSeconds = Math.max(this.#heardSeconds, told);
        }
        if (!hangsUp) this.#line.answered(answer);
        this.#underWay.delete(sent);
      });
    this.#underWay.add(sent);
  }
}
