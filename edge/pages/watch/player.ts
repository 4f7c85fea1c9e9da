import type { Playback } from "../../protocol/streams.ts";
import { createHlsEngine } from "./hls-engine.ts";
import { isAtEnd, secondsBehind, shouldCatchUp } from "./live-edge.ts";
import { createNativeEngine } from "./native-engine.ts";
import type { EngineSettings, PlaybackEngine, PlaybackMode } from "./playback-engine.ts";
import { tokenOf } from "./playback-token.ts";
import { type PlaybackFault, PlayerRecovery, StandstillWatch } from "./player-recovery.ts";
import { PutOff } from "./put-off.ts";
import type { PlayerState } from "./stage-view.ts";
import { startVideo } from "./start-video.ts";
import { TokenRenewal } from "./token-renewal.ts";

/** Where to play from, and how. */
export interface Playable extends Pick<Playback, "url" | "expiresAt"> {
  latencyMode: PlaybackMode;
}

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

/** Keeps one stream or recording playing: loads, recovers, catches up, and says what it is doing. */
export class Player {
  #settings: PlayerSettings;
  #engine: PlaybackEngine | null = null;
  #token: TokenRenewal | null = null;
  #state: PlayerState = "empty";
  #latencyMode: PlaybackMode = "standard";
  /** Where a recording goes on after it was loaded anew. */
  #resumeAt: number;
  /** Grows with every load; what was begun for an earlier one is dropped when it comes back. */
  #load = 0;
  #recoveries = new PutOff();
  #recovery = new PlayerRecovery();
  #standstill = new StandstillWatch();
  #wantsToPlay = true;
  #looksBack = false;
  #draining = false;
  #onAir = false;
  #restarts = 0;
  #justReturned = false;
  #chosenHeight: number | null = null;

  constructor(settings: PlayerSettings) {
    this.#settings = settings;
    this.#resumeAt = settings.startAt ?? 0;
    const { video } = settings;
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
    return this.#engine;
  }
  get latencyMode(): PlaybackMode {
    return this.#latencyMode;
  }
  get isLoaded(): boolean {
    return this.#state !== "empty" && this.#state !== "drained" && !this.#draining;
  }
  /** How often a fault made it load anew. */
  get restarts(): number {
    return this.#restarts;
  }
  get behindSeconds(): number {
    return secondsBehind(this.#settings.video.currentTime, this.#engine?.livePosition ?? null);
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
    this.#unload();
    this.#draining = false;
    this.#looksBack = false;
    this.#show("loading");
    void this.#begin(this.#load);
  }

  /** Empties the stage. */
  stop(): void {
    this.#unload();
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
    if (this.#latencyMode === "recorded") return;
    const livePosition = this.#engine?.livePosition;
    if (livePosition != null) this.#settings.video.currentTime = livePosition;
    this.#looksBack = false;
    this.play();
  }

  /** To a second of a recording. */
  seekTo(seconds: number): void {
    const { video } = this.#settings;
    this.#resumeAt = Math.max(0, seconds);
    if (this.#engine) video.currentTime = this.#resumeAt;
  }

  /** From here on playlists are asked for with the token in this URL. */
  useTokenOf(url: string): void {
    this.#engine?.useToken(tokenOf(url));
  }

  /** Moves within what can be rewound to, in seconds; never past live. */
  seekBy(seconds: number): void {
    const { video } = this.#settings;
    const { seekable } = video;
    if (seekable.length === 0) return;
    if (this.#latencyMode === "recorded") {
      this.seekTo(Math.min(seekable.end(seekable.length - 1), video.currentTime + seconds));
      return;
    }
    const newest = this.#engine?.livePosition ?? seekable.end(seekable.length - 1);
    if (video.currentTime + seconds >= newest) {
      this.goToLive();
      return;
    }
    this.#looksBack = true;
    video.currentTime = Math.max(seekable.start(0) + 1, video.currentTime + seconds);
  }

  /** -1 is automatic. The choice outlives a reload. */
  chooseLevel(index: number): void {
    this.#chosenHeight = this.#engine?.levels[index]?.height ?? null;
    this.#engine?.chooseLevel(index);
    this.#settings.changed();
  }

  #engineChanged(): void {
    const { levels, chosenLevel } = this.#engine ?? { levels: [], chosenLevel: -1 };
    if (this.#chosenHeight !== null && chosenLevel === -1) {
      const level = levels.find(({ height }) => height === this.#chosenHeight);
      if (level) this.#engine?.chooseLevel(level.index);
    }
    this.#settings.changed();
  }

  async #begin(load: number): Promise<void> {
    try {
      const playback = await this.#settings.loadPlayback();
      if (load !== this.#load) return;
      this.#latencyMode = playback.latencyMode;
      const token = new TokenRenewal({
        loadPlayback: () => this.#settings.loadPlayback(),
        useToken: (next) => this.#engine?.useToken(next),
      });
      this.#token = token;
      const engineSettings: EngineSettings = {
        video: this.#settings.video,
        url: playback.url,
        latencyMode: playback.latencyMode,
        startAt: this.#resumeAt,
        faulted: (fault) => this.#faulted(load, fault),
        // Where there is none to have, the engine gives up and says so.
        tokenRefused: async () => void (await token.now()),
        changed: () => this.#engineChanged(),
      };
      const engine = (await createHlsEngine(engineSettings)) ?? createNativeEngine(engineSettings);
      if (load !== this.#load) {
        engine?.destroy();
        return;
      }
      if (!engine) {
        this.#show("unsupported");
        return;
      }
      this.#engine = engine;
      this.#standstill.reset(Date.now());
      token.before(playback.expiresAt);
      if (this.#wantsToPlay) void this.#tryToPlay();
      else this.#show("paused");
    } catch {
      this.#faulted(load, "refused");
    }
  }

  async #tryToPlay(): Promise<void> {
    const load = this.#load;
    const isAllowed = await startVideo(this.#settings.video);
    if (!isAllowed && load === this.#load) this.#show("blocked");
  }

  #faulted(load: number, fault: PlaybackFault): void {
    if (load !== this.#load) return;
    if (this.#draining) {
      this.#finish();
      return;
    }
    const recovery = this.#recovery.next(fault, Date.now(), Math.random());
    const isVisible = recovery.action === "reload" || this.#state !== "playing";
    if (isVisible && this.#wantsToPlay) this.#show("recovering");
    this.#recoveries.later(recovery.delayMs, () => {
      if (recovery.action === "resume-loading") this.#engine?.resumeLoading();
      else if (recovery.action === "recover-media") {
        this.#engine?.recoverMedia();
        if (this.#wantsToPlay) void this.#tryToPlay();
      } else {
        if (this.#engine) this.#restarts += 1;
        this.#unload();
        void this.#begin(this.#load);
      }
    });
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
    if (this.#latencyMode === "recorded") {
      this.#wantsToPlay = false;
      this.#show("paused");
      return;
    }
    if (this.isLoaded) this.#faulted(this.#load, "stalled");
  }

  #finish(): void {
    this.#unload();
    this.#draining = false;
    this.#show("drained");
  }

  #look(): void {
    const { video } = this.#settings;
    const shouldMove =
      this.#engine !== null &&
      (this.#onAir || this.#draining) &&
      this.#wantsToPlay &&
      this.#state !== "blocked" &&
      !document.hidden;
    const standstill = this.#standstill.observe(Date.now(), video.currentTime, shouldMove);
    if (this.#draining && standstill > 2) {
      this.#finish();
      return;
    }
    if (standstill > 1 && isAtEnd(video.currentTime, this.#engine?.recordedEnd ?? null)) {
      video.pause();
      this.#ranOut();
      return;
    }
    if (standstill > (this.#justReturned ? standstillSeconds.afterReturn : standstillSeconds.usually)) {
      this.#standstill.reset(Date.now());
      this.#faulted(this.#load, "stalled");
    }
    if (shouldCatchUp(this.behindSeconds, this.#looksBack, this.#state === "playing")) this.goToLive();
    if (this.#engine) this.#settings.changed();
  }

  #unload(): void {
    // An element that plays nothing stands at zero.
    const { currentTime } = this.#settings.video;
    if (this.#engine && currentTime > 0) this.#resumeAt = currentTime;
    this.#load += 1;
    this.#token?.stop();
    this.#recoveries.callOff();
    this.#engine?.destroy();
    this.#engine = null;
  }

  #show(state: PlayerState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#settings.changed();
  }
}
