import type { Playback } from "../../protocol/streams.ts";
import { createHlsEngine } from "./hls-engine.ts";
import { createNativeEngine } from "./native-engine.ts";
import type { EngineSettings, PlaybackEngine, PlaybackMode } from "./playback-engine.ts";
import { type PlaybackFault, PlayerRecovery, type Recovery } from "./player-recovery.ts";
import { PutOff } from "./put-off.ts";
import { TokenRenewal } from "./token-renewal.ts";

/** Where to play from, and how. */
export interface Playable extends Pick<Playback, "url" | "expiresAt"> {
  latencyMode: PlaybackMode;
}

export interface PlayerLoadingSettings {
  video: HTMLVideoElement;
  /** Asks the API for a playback URL; a rejection is a fault like any other. */
  loadPlayback(): Promise<Playable>;
  /** Where a recording begins, in seconds. */
  startAt: number;
  /** There is an engine, and it waits to be played. */
  loaded(): void;
  /** No engine plays in this browser. */
  unsupported(): void;
  /** What is loaded cannot go on, or nothing could be loaded: it is for the player to end it, or to have it recover. */
  faulted(fault: PlaybackFault): void;
  /** The decoder was reset, and waits to be played. */
  mediaRecovered(): void;
  /** Levels, or the one on screen, have changed. */
  changed(): void;
}

/** Loads the engine that plays, and loads it anew after faults, at the position and the level that it was at. */
export class PlayerLoading {
  #settings: PlayerLoadingSettings;
  #engine: PlaybackEngine | null = null;
  #token: TokenRenewal | null = null;
  #latencyMode: PlaybackMode = "standard";
  #load = 0;
  #recoveries = new PutOff();
  #recovery = new PlayerRecovery();
  #restarts = 0;
  #chosenHeight: number | null = null;
  /** Where a recording goes on after it was loaded anew, in seconds. */
  resumeAt: number;

  constructor(settings: PlayerLoadingSettings) {
    this.#settings = settings;
    this.resumeAt = settings.startAt;
  }

  get engine(): PlaybackEngine | null {
    return this.#engine;
  }
  get latencyMode(): PlaybackMode {
    return this.#latencyMode;
  }
  /** Grows with every load; what was begun for an earlier one is dropped when it comes back. */
  get load(): number {
    return this.#load;
  }
  /** How often a fault made it load anew. */
  get restarts(): number {
    return this.#restarts;
  }

  /** -1 is automatic. The choice outlives a reload. */
  chooseLevel(index: number): void {
    this.#chosenHeight = this.#engine?.levels[index]?.height ?? null;
    this.#engine?.chooseLevel(index);
    this.#settings.changed();
  }

  /** Call it when nothing is loaded. */
  async begin(): Promise<void> {
    const load = this.#load;
    const settings = this.#settings;
    try {
      const playback = await settings.loadPlayback();
      if (load !== this.#load) return;
      this.#latencyMode = playback.latencyMode;
      const token = new TokenRenewal({
        loadPlayback: () => settings.loadPlayback(),
        useToken: (next) => this.#engine?.useToken(next),
      });
      this.#token = token;
      const engineSettings: EngineSettings = {
        video: settings.video,
        url: playback.url,
        latencyMode: playback.latencyMode,
        startAt: this.resumeAt,
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
        settings.unsupported();
        return;
      }
      this.#engine = engine;
      token.before(playback.expiresAt);
      settings.loaded();
    } catch {
      this.#faulted(load, "refused");
    }
  }

  /** Tries what helps against this fault, by and by; answers what that will be. */
  recover(fault: PlaybackFault): Recovery {
    const recovery = this.#recovery.next(fault, Date.now(), Math.random());
    this.#recoveries.later(recovery.delayMs, () => {
      if (recovery.action === "resume-loading") this.#engine?.resumeLoading();
      else if (recovery.action === "recover-media") {
        this.#engine?.recoverMedia();
        this.#settings.mediaRecovered();
      } else {
        if (this.#engine) this.#restarts += 1;
        this.drop();
        void this.begin();
      }
    });
    return recovery;
  }

  /** Frees the video element, and forgets what was begun. */
  drop(): void {
    // An element that plays nothing stands at zero.
    const { currentTime } = this.#settings.video;
    if (this.#engine && currentTime > 0) this.resumeAt = currentTime;
    this.#load += 1;
    this.#token?.stop();
    this.#recoveries.callOff();
    this.#engine?.destroy();
    this.#engine = null;
  }

  #faulted(load: number, fault: PlaybackFault): void {
    if (load === this.#load) this.#settings.faulted(fault);
  }

  #engineChanged(): void {
    const { levels, chosenLevel } = this.#engine ?? { levels: [], chosenLevel: -1 };
    if (this.#chosenHeight !== null && chosenLevel === -1) {
      const level = levels.find(({ height }) => height === this.#chosenHeight);
      if (level) this.#engine?.chooseLevel(level.index);
    }
    this.#settings.changed();
  }
}
