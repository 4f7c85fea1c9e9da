import { randomBase64Url } from "../protocol/identifier.ts";
import type { PlaybackBeat } from "../protocol/streams.ts";
import { BeatSchedule } from "./beat-schedule.ts";
import { PlayMeasure, type PlaySample } from "./play-measure.ts";

export interface PlayLook extends Omit<PlaySample, "doing"> {
  /** `closed`: there is no player, or its stream is over. */
  doing: PlaySample["doing"] | "closed";
  /** Seconds from the encoder to the screen; null while not known. */
  latencySeconds: number | null;
  /** Whether somebody may be in front of it: its tab is, or there are no tabs. */
  isVisible: boolean;
}

/** A player that looks after itself for longer than that begins another play. */
const longestPlayMs = 24 * 3_600_000;
/** As `PlaybackBeat` has them. */
const bounds = { seconds: 2 * 86_400, counter: 1_000_000, joinMs: 600_000, latencySeconds: 86_400 };
const renditionName = /^[\w.-]{1,20}$/;

/** One play, from a player's opening to its close: what is known of it, and its beats. No I/O. */
export class OpenPlay {
  readonly id = randomBase64Url(16);
  readonly schedule: BeatSchedule;
  #measure = new PlayMeasure();
  #openedAt: number;
  #beat = 0;
  #isPlaying = false;
  #latencySeconds: number | null = null;

  constructor(beatSeconds: number, now: number) {
    this.schedule = new BeatSchedule(beatSeconds);
    this.#openedAt = now;
  }

  isTooLong(now: number): boolean {
    return now - this.#openedAt >= longestPlayMs;
  }

  get isPlaying(): boolean {
    return this.#isPlaying;
  }

  /** True when a beat is due. */
  look({ doing, latencySeconds, isVisible, ...sample }: PlayLook, now: number): boolean {
    this.#measure.look({ ...sample, doing: doing === "closed" ? "held" : doing }, now);
    this.#isPlaying = doing === "playing";
    this.#latencySeconds = this.#isPlaying ? latencySeconds : null;
    return this.schedule.isDue(now, this.#isPlaying, isVisible);
  }

  /** The next beat: each call counts one on. Never more than the schema of a beat allows. */
  beat(token: string, ended: boolean): PlaybackBeat {
    const { playedSeconds, renditions, stalls, stallSeconds, errors, joinMs } = this.#measure.figures;
    const shown = Object.entries(renditions).filter(([name]) => renditionName.test(name));
    const latency = this.#latencySeconds;
    return {
      token,
      playId: this.id,
      beat: Math.min(bounds.counter, ++this.#beat),
      playing: this.#isPlaying && !ended,
      ended,
      playedSeconds: seconds(playedSeconds),
      renditions: Object.fromEntries(shown.map(([name, played]) => [name, seconds(played)])),
      stalls: Math.min(bounds.counter, stalls),
      stallSeconds: seconds(stallSeconds),
      errors: Math.min(bounds.counter, errors),
      ...(joinMs === null ? {} : { joinMs: Math.min(bounds.joinMs, joinMs) }),
      ...(latency === null ? {} : { latencySeconds: within(latency, bounds.latencySeconds) }),
    };
  }
}

function seconds(value: number): number {
  return within(value, bounds.seconds);
}

/** To the millisecond. */
function within(value: number, most: number): number {
  return Math.max(0, Math.min(most, Math.round(value * 1000) / 1000));
}
