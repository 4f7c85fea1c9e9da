import { lookAtVideo, renditionName } from "../../client/follow-video.ts";
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

/** The player knows more than its video. */
export function lookAt(player: Player, video: HTMLVideoElement): PlayLook {
  const { state, engine, onAir, restarts } = player;
  const seen = lookAtVideo(video);
  const level = engine?.levels.find(({ index }) => index === engine.playingLevel);
  return {
    ...seen,
    doing: playDoing(state, video.seeking, onAir),
    rendition: level ? renditionName(level.width, level.height) : seen.rendition,
    restarts,
    latencySeconds: engine?.latencySeconds ?? null,
  };
}
