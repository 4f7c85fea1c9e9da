import { type BeatAccess, PlaybackBeats } from "../../client/playback-beats.ts";
import { lookAt } from "./play-look.ts";
import type { Player } from "./player.ts";

/** Besides each second: at these the player may do something else. `timeupdate` comes in background tabs as well. */
const telling = ["playing", "waiting", "pause", "seeking", "seeked", "ratechange", "timeupdate"] as const;

/** Sends the beats of the player of this page, from its first picture until the page goes. */
export function sendPageBeats(
  player: Player,
  video: HTMLVideoElement,
  loadPlayback: () => Promise<BeatAccess>,
): PlaybackBeats {
  const beats = new PlaybackBeats({
    to: location.origin,
    loadPlayback,
    look: () => lookAt(player, video),
  });
  const look = () => beats.look();
  for (const kind of telling) video.addEventListener(kind, look);
  setInterval(look, 1_000);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) beats.hidden();
    else beats.look();
  });
  // A page may be put away whole and come back as it was.
  window.addEventListener("pagehide", () => beats.close());
  window.addEventListener("pageshow", () => beats.open());
  return beats;
}
