import type Hls from "hls.js";
import type {
  ErrorData,
  HlsConfig,
  LoaderCallbacks,
  LoaderConfiguration,
  LoadPolicy,
  PlaylistLoaderConstructor,
  PlaylistLoaderContext,
} from "hls.js";
import type { EngineSettings, PlaybackEngine, PlaybackMode, TimelineRun } from "./playback-engine.ts";
import { tokenOf, withToken } from "./playback-token.ts";
import type { PlaybackFault } from "./player-recovery.ts";
import type { Level } from "./quality-levels.ts";
import { SegmentAddresses } from "./segment-addresses.ts";
import { timelineRuns } from "./timeline-runs.ts";

/** Plays with Media Source Extensions through hls.js, or answers null where the browser has none. */
export async function createHlsEngine(settings: EngineSettings): Promise<PlaybackEngine | null> {
  const { default: HlsPlayer } = await import("hls.js");
  if (!HlsPlayer.isSupported()) return null;
  let token = tokenOf(settings.url);
  let renewal: Promise<void> | null = null;
  const tokenRefused = () => {
    renewal ??= settings.tokenRefused().finally(() => {
      renewal = null;
    });
  };
  const addresses = new SegmentAddresses();
  const hls = new HlsPlayer({
    ...configuration(settings, tokenRefused),
    xhrSetup: async (xhr, url) => {
      if (tokenOf(url) !== null) await renewal;
      xhr.open("GET", addresses.find(withToken(url, token)), true);
    },
    pLoader: settling(HlsPlayer.DefaultConfig.loader as PlaylistLoaderConstructor, addresses),
  });
  const events = HlsPlayer.Events;
  hls.on(events.ERROR, (_, data) => {
    if (data.fatal) settings.faulted(faultOf(data));
  });
  hls.on(events.MANIFEST_PARSED, () => settings.changed());
  hls.on(events.LEVEL_SWITCHED, () => settings.changed());
  hls.on(events.LEVELS_UPDATED, () => settings.changed());
  hls.on(events.LEVEL_LOADED, () => settings.changed());
  hls.attachMedia(settings.video);
  hls.loadSource(settings.url);
  return new HlsEngine(hls, settings.latencyMode, (next) => {
    token = next;
  });
}

/** Playlists pass through `addresses` on their way in. */
function settling(Loader: PlaylistLoaderConstructor, addresses: SegmentAddresses): PlaylistLoaderConstructor {
  return class extends Loader {
    override load(
      context: PlaylistLoaderContext,
      config: LoaderConfiguration,
      callbacks: LoaderCallbacks<PlaylistLoaderContext>,
    ): void {
      const { pathname } = new URL(withToken(context.url, "-"), location.href);
      super.load(context, config, {
        ...callbacks,
        onSuccess: (response, ...rest) => {
          const { data } = response;
          if (typeof data === "string") response.data = addresses.settle(pathname, data);
          callbacks.onSuccess(response, ...rest);
        },
      });
    }
  };
}

class HlsEngine implements PlaybackEngine {
  #hls: Hls;
  #mode: PlaybackMode;
  readonly useToken: (token: string | null) => void;

  constructor(hls: Hls, mode: PlaybackMode, useToken: (token: string | null) => void) {
    this.#hls = hls;
    this.#mode = mode;
    this.useToken = useToken;
  }

  get levels(): Level[] {
    return this.#hls.levels.map(({ width, height, bitrate, frameRate }, index) => {
      return { index, width, height, bitrate, frameRate };
    });
  }

  get playingLevel(): number {
    return this.#hls.currentLevel;
  }

  get chosenLevel(): number {
    return this.#hls.manualLevel;
  }

  /** From the next segment on, without a break in the picture. */
  chooseLevel(index: number): void {
    this.#hls.nextLevel = index;
  }

  get livePosition(): number | null {
    return this.#mode === "recorded" ? null : this.#hls.liveSyncPosition;
  }

  get recordedEnd(): number | null {
    const details = this.#mode === "recorded" ? this.#hls.latestLevelDetails : null;
    return details && !details.live ? details.edge : null;
  }

  get latencySeconds(): number | null {
    if (this.#mode === "recorded") return null;
    const playingAt = this.#hls.playingDate;
    const latency = playingAt ? (Date.now() - playingAt.getTime()) / 1000 : this.#hls.latency;
    // Clocks of encoder and viewer may differ; hls.js' own figure counts from the newest segment instead.
    return latency > 0 && latency < 120 ? latency : this.#hls.latency || null;
  }

  get timeline(): TimelineRun[] {
    return timelineRuns(this.#hls.latestLevelDetails?.fragments ?? []);
  }

  resumeLoading(): void {
    this.#hls.startLoad();
  }

  recoverMedia(): void {
    this.#hls.recoverMediaError();
  }

  destroy(): void {
    this.#hls.destroy();
  }
}

function faultOf({ type, response }: ErrorData): PlaybackFault {
  if (type === "mediaError" || type === "muxError") return "media";
  const status = response?.code ?? 0;
  return status === 401 || status === 403 || status === 404 || status === 410 ? "refused" : "network";
}

/**
 * In the standard mode segments are 2 s: 4.5 s behind the edge leave one in hand while the next is made and fetched. In
 * the low-latency mode the playlist itself says how far behind its parts to be (PART-HOLD-BACK).
 */
function configuration(
  { latencyMode, startAt }: Pick<EngineSettings, "latencyMode" | "startAt">,
  tokenRefused: () => void,
): Partial<HlsConfig> {
  const ofMode: Record<PlaybackMode, Partial<HlsConfig>> = {
    standard: { liveSyncDuration: 4.5, maxLiveSyncPlaybackRate: 1.05 },
    low: { maxLiveSyncPlaybackRate: 1.1 },
    // The speed is the viewer's own, and what still grows has a length all the same.
    recorded: { startPosition: startAt, maxLiveSyncPlaybackRate: 1, liveDurationInfinity: false },
  };
  return {
    // fMP4 goes through untouched, so there is nothing for a worker to do, and none to allow in the page's policy.
    enableWorker: false,
    // Parts where the playlist has them; and in both modes, only this lets a viewer who fell behind catch up.
    lowLatencyMode: true,
    liveDurationInfinity: true,
    backBufferLength: 60,
    maxBufferLength: 20,
    maxMaxBufferLength: 60,
    capLevelToPlayerSize: true,
    startFragPrefetch: true,
    manifestLoadPolicy: { default: policy(5_000, 3) },
    // A low-latency viewer has less than a second in hand: the first tries come quickly.
    playlistLoadPolicy: { default: patient(policy(5_000, 8, 100), tokenRefused) },
    fragLoadPolicy: { default: { ...policy(8_000, 6), maxLoadTimeMs: 30_000 } },
    ...ofMode[latencyMode],
  };
}

type Policy = NonNullable<LoadPolicy["default"]>;

/**
 * Who waits for a part while the encoder is away is told 503 again and again: it is there, and nothing is wrong. A token
 * that was revoked is renewed while the picture plays on from what is loaded.
 */
function patient(policy: Policy, tokenRefused: () => void): Policy {
  const errorRetry = policy.errorRetry!;
  return {
    ...policy,
    errorRetry: {
      ...errorRetry,
      shouldRetry: (_config, count, _isTimeout, response, retry) => {
        if (response?.code === 401) {
          tokenRefused();
          return count < errorRetry.maxNumRetry;
        }
        return response?.code === 503 || retry;
      },
    },
  };
}

function policy(firstByteMs: number, tries: number, retryDelayMs = 500): Policy {
  return {
    maxTimeToFirstByteMs: firstByteMs,
    maxLoadTimeMs: 15_000,
    timeoutRetry: { maxNumRetry: tries, retryDelayMs: 200, maxRetryDelayMs: 2_000 },
    errorRetry: { maxNumRetry: tries, retryDelayMs, maxRetryDelayMs: 4_000, backoff: "exponential" },
  };
}
