import type { PlayLook } from "./open-play.ts";
import type { PlaybackBeats } from "./playback-beats.ts";

/** At these a video may do something else. `timeupdate` comes in background tabs as well, where timers hardly do. */
const telling = ["playing", "waiting", "pause", "seeking", "seeked", "ratechange", "timeupdate"] as const;

/** Looks each second and at each of the video's events, and says the last word as the page goes; the answer ends that. */
export function followVideo(beats: PlaybackBeats, video: HTMLVideoElement): () => void {
  const following = new AbortController();
  const { signal } = following;
  const look = () => beats.look();
  for (const kind of telling) video.addEventListener(kind, look, { signal });
  const timer = setInterval(look, 1_000);
  const seenOrNot = () => (document.hidden ? beats.hidden() : beats.look());
  document.addEventListener("visibilitychange", seenOrNot, { signal });
  // A page may be put away whole and come back as it was.
  window.addEventListener("pagehide", () => beats.close(), { signal });
  window.addEventListener("pageshow", () => beats.open(), { signal });
  return () => {
    clearInterval(timer);
    following.abort();
    beats.close();
  };
}

/** What can be seen of any video element; who knows the latency and how often the player started anew adds it. */
export function lookAtVideo(video: HTMLVideoElement): PlayLook {
  return {
    doing: doingOf(video),
    position: video.currentTime,
    playbackRate: video.playbackRate,
    rendition: renditionName(video.videoWidth, video.videoHeight),
    restarts: 0,
    latencySeconds: null,
    isVisible: !document.hidden,
  };
}

function doingOf({ ended, paused, seeking, readyState }: HTMLVideoElement): PlayLook["doing"] {
  if (ended) return "closed";
  if (paused) return "held";
  if (seeking) return "seeking";
  return readyState < HTMLMediaElement.HAVE_FUTURE_DATA ? "waiting" : "playing";
}

/** As the rungs of the ladder are called, by the shorter side; null while there is no picture. */
export function renditionName(width: number, height: number): string | null {
  const side = Math.min(width, height);
  return side > 0 ? `${side}p` : null;
}
