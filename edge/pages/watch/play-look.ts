import type { PlayLook } from "../../client/open-play.ts";
import type { Player } from "./player.ts";
import type { PlayerState } from "./stage-view.ts";

/** What the player's state means for measuring the play. `isOnAir`: something comes from the encoder. */
export function playDoing(state: PlayerState, isSeeking: boolean, isOnAir: boolean): PlayLook["doing"] {
  switch (state) {
    case "empty":
    case "drained":
    case "unsupported":
      return "closed";
    case "paused":
    case "blocked":
      return "held";
    case "playing":
      return isSeeking ? "seeking" : "playing";
    case "loading":
    case "stalled":
    case "recovering":
      // While the encoder is away there is nothing to be had for anybody: the stream's drop-out, no viewer's stall.
      if (!isOnAir) return "held";
      return isSeeking ? "seeking" : "waiting";
  }
}

/** As the rungs of the ladder are called, by the shorter side; null while there is no picture. */
export function renditionName(width: number, height: number): string | null {
  const side = Math.min(width, height);
  return side > 0 ? `${side}p` : null;
}

export function lookAt(player: Player, video: HTMLVideoElement): PlayLook {
  const { state, engine, onAir, restarts } = player;
  const level = engine?.levels.find(({ index }) => index === engine.playingLevel);
  return {
    doing: playDoing(state, video.seeking, onAir),
    position: video.currentTime,
    playbackRate: video.playbackRate,
    rendition: level
      ? renditionName(level.width, level.height)
      : renditionName(video.videoWidth, video.videoHeight),
    restarts,
    latencySeconds: engine?.latencySeconds ?? null,
    isVisible: !document.hidden,
  };
}
