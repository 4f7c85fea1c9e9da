import type { Playback } from "../../protocol/streams.ts";
import { createHlsEngine } from "./hls-engine.ts";
import { secondsBehind, shouldCatchUp } from "./live-edge.ts";
import { createNativeEngine } from "./native-engine.ts";
import type { EngineSettings, PlaybackEngine, PlaybackMode } from "./playback-engine.ts";
import { renewalDelayMs, tokenOf } from "./playback-token.ts";
import { type PlaybackFault, PlayerRecovery, StandstillWatch } from "./player-recovery.ts";
import type { PlayerState } from "./stage-view.ts";

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
  #state: PlayerState = "empty";
  #latencyMode: PlaybackMode = "standard";
  /** Where a recording goes on after it was loaded anew. */
  #resumeAt: number;
  /** Grows with every load; what was begun for an earlier one is dropped when it comes back. */
  #load = 0;
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #recovery = new PlayerRecovery();
  #standstill = new StandstillWatch();
  #wantsToPlay = true;
  #looksBack = false;
  #draining = false;
  #onAir = false;
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
  get behindSeconds(): number {
    return secondsBehind(this.#settings.video.currentTime, this.#engine?.livePosition ?? null);
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
      const engineSettings: EngineSettings = {
        video: this.#settings.video,
        url: playback.url,
        latencyMode: playback.latencyMode,
        startAt: this.#resumeAt,
        faulted: (fault) => this.#faulted(load, fault),
        tokenRefused: () => this.#replaceToken(load),
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
      this.#renewToken(load, playback.expiresAt);
      if (this.#wantsToPlay) void this.#tryToPlay();
      else this.#show("paused");
    } catch {
      this.#faulted(load, "refused");
    }
  }

  /** With sound if that is how the video stands; muted where the browser allows only that. */
  async #tryToPlay(): Promise<void> {
    const { video } = this.#settings;
    const load = this.#load;
    try {
      await video.play();
    } catch (error) {
      if (load !== this.#load || !(error instanceof DOMException) || error.name !== "NotAllowedError") return;
      if (video.muted) {
        this.#show("blocked");
        return;
      }
      video.muted = true;
      void this.#tryToPlay();
    }
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
    this.#later(recovery.delayMs, () => {
      if (recovery.action === "resume-loading") this.#engine?.resumeLoading();
      else if (recovery.action === "recover-media") {
        this.#engine?.recoverMedia();
        if (this.#wantsToPlay) void this.#tryToPlay();
      } else {
        this.#unload();
        void this.#begin(this.#load);
      }
    });
  }

  /** Where there is none to have, the engine gives up and says so. */
  async #replaceToken(load: number): Promise<void> {
    const playback = await this.#settings.loadPlayback().catch(() => null);
    if (load === this.#load && playback) this.#engine?.useToken(tokenOf(playback.url));
  }

  #renewToken(load: number, expiresAt: string): void {
    this.#later(renewalDelayMs(expiresAt, Date.now()), async () => {
      // A failure here is tried again in a while; playing goes on with the old token as long as it is good.
      const playback = await this.#settings.loadPlayback().catch(() => null);
      if (load !== this.#load) return;
      if (playback) this.#engine?.useToken(tokenOf(playback.url));
      this.#renewToken(load, playback?.expiresAt ?? "");
    });
  }

  #waits(): void {
    if (this.#state === "playing" && !this.#draining) this.#show("stalled");
  }

  /** A recording is over. Else the playlist is closed: if the stream is live all the same, it was closed by mistake, or a new one has begun. */
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
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#engine?.destroy();
    this.#engine = null;
  }

  #later(delayMs: number, action: () => unknown): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }

  #show(state: PlayerState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#settings.changed();
  }
}
