import type { Playback } from "../protocol/streams.ts";
import { OpenPlay, type PlayLook } from "./open-play.ts";
import { type PostBeat, postBeatTo } from "./post-beat.ts";

/** What beats need of GET /api/streams/:id/playback. */
export type BeatAccess = Pick<Playback, "beatToken" | "beatSeconds" | "viewerId">;

export interface PlaybackBeatsSettings {
  /** Where Rostrum is: `https://live.example.org`; or how a beat is sent instead. */
  to: string | PostBeat;
  /** Asks for access where there is none yet, or the present one was refused; a rejection is met with another try. */
  loadPlayback(): Promise<BeatAccess>;
  /** What the player does at this moment. */
  look(): PlayLook;
  /** Milliseconds of a clock that never goes back. */
  clock?: () => number;
}

/** Where there is no access to have it is asked for ever more seldom, up to this. */
const longestAskMs = 5 * 60_000;
const usualBeatSeconds = 15;
/** So many in a row, and beats do not get through. */
const deafAfter = 3;

/**
 * Tells Rostrum how a play goes, from any player, in a browser or not: `POST /api/playback/beat`. Call `look` about once
 * a second and at the player's events. What is not heard is not sent again: the next beat says it all.
 */
export class PlaybackBeats {
  #settings: PlaybackBeatsSettings;
  #post: PostBeat;
  #clock: () => number;
  #access: BeatAccess | null = null;
  #play: OpenPlay | null = null;
  #isOpen = true;
  #isSending = false;
  #waitUntil = Number.NEGATIVE_INFINITY;
  #askAt = Number.NEGATIVE_INFINITY;
  #denials = 0;
  #unheard = 0;

  constructor(settings: PlaybackBeatsSettings) {
    this.#settings = settings;
    this.#post = typeof settings.to === "string" ? postBeatTo(settings.to) : settings.to;
    this.#clock = settings.clock ?? (() => performance.now());
  }

  /** False once beats do not get through, be it for a network or for a browser's extension. */
  get areHeard(): boolean {
    return this.#unheard < deafAfter;
  }

  /** The newest access, from whoever has asked for it. Another viewer's begins another play. */
  use(access: BeatAccess): void {
    if (this.#access !== null && access.viewerId !== this.#access.viewerId) this.#endPlay();
    this.#access = access;
    this.#askAt = Number.NEGATIVE_INFINITY;
    if (this.#play) this.#play.schedule.beatSeconds = access.beatSeconds;
  }

  look(): void {
    const now = this.#clock();
    const look = this.#settings.look();
    if (look.doing === "closed" || this.#play?.isTooLong(now)) this.#endPlay();
    if (look.doing === "closed" || !this.#isOpen) return;
    this.#play ??= new OpenPlay(this.#access?.beatSeconds ?? usualBeatSeconds, now);
    const isDue = this.#play.look(look, now);
    if (isDue && !this.#isSending && now >= Math.max(this.#waitUntil, this.#askAt))
      void this.#beat(this.#play);
  }

  /** The page goes out of sight, from where some never come back: says how it stands, out of turn. */
  hidden(): void {
    this.look();
    if (this.#play?.schedule.hasBegun && this.#access) void this.#send(this.#play, this.#access, true);
  }

  /** The last beat, that gets through even as the page goes; nothing is sent from here on. */
  close(): void {
    this.look();
    this.#endPlay();
    this.#isOpen = false;
  }

  /** A page that was put away is back: another play. */
  open(): void {
    this.#isOpen = true;
  }

  #endPlay(): void {
    const play = this.#play;
    this.#play = null;
    if (play?.schedule.hasBegun && this.#access)
      void this.#post(play.beat(this.#access.beatToken, true), true);
  }

  async #beat(play: OpenPlay): Promise<void> {
    this.#isSending = true;
    try {
      const access = this.#access ?? (await this.#renew());
      if (access === null || play !== this.#play) return;
      const isRefused = await this.#send(play, access);
      if (!isRefused || play !== this.#play) return;
      // Somebody may have brought another one meanwhile.
      const next = this.#access === access ? await this.#renew() : this.#access;
      if (next !== null && play === this.#play) await this.#send(play, next);
    } finally {
      this.#isSending = false;
    }
  }

  /** True when the token was refused. */
  async #send(play: OpenPlay, { beatToken }: BeatAccess, parting = false): Promise<boolean> {
    play.schedule.sent(this.#clock(), play.isPlaying);
    const outcome = await this.#post(play.beat(beatToken, false), parting);
    if (outcome === "heard") {
      this.#unheard = 0;
      this.#denials = 0;
      play.schedule.heard();
      return false;
    }
    this.#unheard += 1;
    if (outcome === "refused") return true;
    if (outcome === "unheard") play.schedule.unheard(this.#clock());
    else this.#waitUntil = this.#clock() + outcome.waitSeconds * 1000 * (1 + Math.random() / 4);
    return false;
  }

  async #renew(): Promise<BeatAccess | null> {
    try {
      this.use(await this.#settings.loadPlayback());
    } catch {
      const beatMs = (this.#access?.beatSeconds ?? usualBeatSeconds) * 1000;
      this.#askAt = this.#clock() + Math.min(longestAskMs, beatMs * 2 ** this.#denials);
      this.#denials += 1;
      return null;
    }
    return this.#access;
  }
}
