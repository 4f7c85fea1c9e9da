import { isAtEnd, secondsBehind, shouldCatchUp } from "./live-edge.ts";
import type { PlaybackEngine, PlaybackMode } from "./playback-engine.ts";
import { tokenOf } from "./playback-token.ts";
import { type Playable, PlayerLoading } from "./player-loading.ts";
import { type PlaybackFault, StandstillWatch } from "./player-recovery.ts";
import type { PlayerState } from "./stage-view.ts";
import { startVideo } from "./start-video.ts";

export interface PlayerSettings {
  video: HTMLVideoElement;
  /** Asks the API for a playback URL; a rejection is met with another try. */
  loadPlayback(): Promise<Playable>;
  /** Where a recording begins, in seconds. */
  startAt?: number;
  /** State, levels or position relative to live have changed. */
  changed(): void;
}

/** When a standing picture is loaded anew; sooner where the stream has just come back, and might be another one. */
const standstillSeconds = { usually: 12, afterReturn: 6 };

/** Keeps one stream or recording playing: has it loaded and recovered, catches up, and says what it is doing. */
export class Player {
  #settings: PlayerSettings;
  #loading: PlayerLoading;
  #state: PlayerState = "empty";
  #standstill = new StandstillWatch();
  #wantsToPlay = true;
  #looksBack = false;
  #draining = false;
  #onAir = false;
  #justReturned = false;

  constructor(settings: PlayerSettings) {
    this.#settings = settings;
    const { video } = settings;
    this.#loading = new PlayerLoading({
      video,
      loadPlayback: () => settings.loadPlayback(),
      startAt: settings.startAt ?? 0,
      loaded: () => this.#loaded(),
      unsupported: () => this.#show("unsupported"),
      faulted: (fault) => this.#faulted(fault),
      mediaRecovered: () => {
        if (this.#wantsToPlay) void this.#tryToPlay();
      },
      changed: () => settings.changed(),
    });
    video.addEventListener("playing", () => {
      this.#justReturned = false;
      this.#show("playing");
    });
    video.addEventListener("waiting", () => this.#waits());
    video.addEventListener("pause", () => {
      if (this.#state === "playing" && !video.ended) this.#show("paused");
    });
    video.addEventListener("ended", () => this.#ranOut());
    setInterval(() => this.#look(), 1_000);
  }

  get state(): PlayerState {
    return this.#state;
  }
  get engine(): PlaybackEngine | null {
    return this.#loading.engine;
  }
  get latencyMode(): PlaybackMode {
    return this.#loading.latencyMode;
  }
  get isLoaded(): boolean {
    return this.#state !== "empty" && this.#state !== "drained" && !this.#draining;
  }
  /** How often a fault made it load anew. */
  get restarts(): number {
    return this.#loading.restarts;
  }
  get behindSeconds(): number {
    return secondsBehind(this.#settings.video.currentTime, this.engine?.livePosition ?? null);
  }

  get onAir(): boolean {
    return this.#onAir;
  }
  /** While nothing comes from the encoder, a picture that stands still is nobody's fault. */
  set onAir(isOnAir: boolean) {
    if (isOnAir && !this.#onAir) this.#justReturned = true;
    this.#onAir = isOnAir;
    this.#standstill.reset(Date.now());
  }

  /** Loads the stream anew, at the live edge. */
  start(): void {
    this.#loading.drop();
    this.#draining = false;
    this.#looksBack = false;
    this.#show("loading");
    void this.#loading.begin();
  }

  /** Empties the stage. */
  stop(): void {
    this.#loading.drop();
    this.#draining = false;
    this.#show("empty");
  }

  /** The stream is over: what is buffered plays to its end. */
  drain(): void {
    if (!this.isLoaded) return;
    if (this.#state !== "playing" && this.#state !== "paused") {
      this.#finish();
      return;
    }
    this.#draining = true;
    this.#settings.changed();
  }

  play(): void {
    this.#wantsToPlay = true;
    void this.#tryToPlay();
  }

  pause(): void {
    this.#wantsToPlay = false;
    this.#looksBack = true;
    this.#settings.video.pause();
    if (this.#state === "stalled" || this.#state === "playing") this.#show("paused");
  }

  goToLive(): void {
    if (this.latencyMode === "recorded") return;
    const livePosition = this.engine?.livePosition;
    if (livePosition != null) this.#settings.video.currentTime = livePosition;
    this.#looksBack = false;
    this.play();
  }

  /** To a second of a recording. */
  seekTo(seconds: number): void {
    const { video } = this.#settings;
    this.#loading.resumeAt = Math.max(0, seconds);
    if (this.engine) video.currentTime = this.#loading.resumeAt;
  }

  /** From here on playlists are asked for with the token in this URL. */
  useTokenOf(url: string): void {
    this.engine?.useToken(tokenOf(url));
  }

  /** Moves within what can be rewound to, in seconds; never past live. */
  seekBy(seconds: number): void {
    const { video } = this.#settings;
    const { seekable } = video;
    if (seekable.length === 0) return;
    if (this.latencyMode === "recorded") {
      this.seekTo(Math.min(seekable.end(seekable.length - 1), video.currentTime + seconds));
      return;
    }
    const newest = this.engine?.livePosition ?? seekable.end(seekable.length - 1);
    if (video.currentTime + seconds >= newest) {
      this.goToLive();
      return;
    }
    this.#looksBack = true;
    video.currentTime = Math.max(seekable.start(0) + 1, video.currentTime + seconds);
  }

  /** -1 is automatic. The choice outlives a reload. */
  chooseLevel(index: number): void {
    this.#loading.chooseLevel(index);
  }

  #loaded(): void {
    this.#standstill.reset(Date.now());
    if (this.#wantsToPlay) void this.#tryToPlay();
    else this.#show("paused");
  }

  async #tryToPlay(): Promise<void> {
    const { load } = this.#loading;
    const isAllowed = await startVideo(this.#settings.video);
    if (!isAllowed && load === this.#loading.load) this.#show("blocked");
  }

  #faulted(fault: PlaybackFault): void {
    if (this.#draining) {
      this.#finish();
      return;
    }
    const { action } = this.#loading.recover(fault);
    const isVisible = action === "reload" || this.#state !== "playing";
    if (isVisible && this.#wantsToPlay) this.#show("recovering");
  }

  #waits(): void {
    if (this.#state === "playing" && !this.#draining) this.#show("stalled");
  }

  /** A recording is over. A stream that is live all the same was closed by mistake, or a new one has begun. */
  #ranOut(): void {
    if (this.#draining) {
      this.#finish();
      return;
    }
    if (this.latencyMode === "recorded") {
      this.#wantsToPlay = false;
      this.#show("paused");
      return;
    }
    if (this.isLoaded) this.#faulted("stalled");
  }

  #finish(): void {
    this.#loading.drop();
    this.#draining = false;
    this.#show("drained");
  }

  #look(): void {
    const { video } = this.#settings;
    const shouldMove =
      this.engine !== null &&
      (this.#onAir || this.#draining) &&
      this.#wantsToPlay &&
      this.#state !== "blocked" &&
      !document.hidden;
    const standstill = this.#standstill.observe(Date.now(), video.currentTime, shouldMove);
    if (this.#draining && standstill > 2) {
      this.#finish();
      return;
    }
    if (standstill > 1 && isAtEnd(video.currentTime, this.engine?.recordedEnd ?? null)) {
      video.pause();
      this.#ranOut();
      return;
    }
    if (standstill > (this.#justReturned ? standstillSeconds.afterReturn : standstillSeconds.usually)) {
      this.#standstill.reset(Date.now());
      this.#faulted("stalled");
    }
    if (shouldCatchUp(this.behindSeconds, this.#looksBack, this.#state === "playing")) this.goToLive();
    if (this.engine) this.#settings.changed();
  }

  #show(state: PlayerState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#settings.changed();
  }
}
