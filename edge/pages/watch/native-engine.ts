import type { EngineSettings, PlaybackEngine } from "./playback-engine.ts";

/** How far behind the end of what it may seek to a browser plays live. */
const liveSeconds = { standard: 6, low: 2, recorded: null };

/**
 * Plays with the browser's own HLS (older iPhones), which shows neither levels nor latency, or answers null where there
 * is none. Its playlists keep the token they began with; a refusal later makes the player load anew.
 */
export function createNativeEngine(settings: EngineSettings): PlaybackEngine | null {
  const { video, url, latencyMode } = settings;
  if (video.canPlayType("application/vnd.apple.mpegurl") === "") return null;
  const failed = () => {
    settings.faulted(video.error?.code === MediaError.MEDIA_ERR_DECODE ? "media" : "network");
  };
  video.addEventListener("error", failed);
  video.src = url;
  if (settings.startAt > 0) video.currentTime = settings.startAt;
  return {
    levels: [],
    playingLevel: -1,
    chosenLevel: -1,
    chooseLevel: () => undefined,
    get livePosition() {
      const { seekable } = video;
      const behind = liveSeconds[latencyMode];
      return behind !== null && seekable.length > 0 ? seekable.end(seekable.length - 1) - behind : null;
    },
    get recordedEnd() {
      return latencyMode === "recorded" && Number.isFinite(video.duration) ? video.duration : null;
    },
    latencySeconds: null,
    timeline: [],
    resumeLoading: () => load(video, url),
    recoverMedia: () => load(video, url),
    useToken: () => undefined,
    destroy: () => {
      video.removeEventListener("error", failed);
      video.removeAttribute("src");
      video.load();
    },
  };
}

function load(video: HTMLVideoElement, url: string): void {
  video.src = url;
  video.load();
}
