import type { Recording } from "../../protocol/recordings.ts";
import { clockWords } from "../shared/amounts.ts";
import { element, required, setText } from "../shared/element.ts";
import { PlayerControls } from "../watch/controls.ts";
import { Player } from "../watch/player.ts";
import type { Playable } from "../watch/player-loading.ts";
import { drawPlayer } from "../watch/stage.ts";
import { pictureView, refusedView } from "../watch/stage-view.ts";
import { exposePlayer } from "../watch/test-hook.ts";
import { SeekBar } from "./seek-bar.ts";
import { speedButton } from "./speed-button.ts";

/** Addresses of a recording hold for four hours; they are asked for anew before. */
const renewAfterMs = 3.5 * 3_600_000;

export interface ReplayStageSettings {
  /** Throws ApiError. */
  loadRecording(): Promise<Recording>;
  /** Seconds. */
  startAt: number;
  /** The position, or what is known of the timeline, has changed. */
  changed(): void;
}

/** The picture of a recording, with its seek bar. */
export class ReplayStage {
  readonly player: Player;
  readonly seekBar: SeekBar;
  #video = required<HTMLVideoElement>("#video");
  #controls: PlayerControls;
  #time = element("span", { class: "replay-time", "data-testid": "position" });
  #refusal: string | null = null;

  constructor({ loadRecording, startAt, changed }: ReplayStageSettings) {
    const video = this.#video;
    const draw = () => {
      this.draw();
      changed();
    };
    this.player = new Player({
      video,
      startAt,
      loadPlayback: async () => playable(await loadRecording()),
      changed: draw,
    });
    this.player.onAir = true;
    this.seekBar = new SeekBar(video, (seconds) => this.player.seekTo(seconds));
    this.#controls = new PlayerControls(this.player, [this.#time, speedButton(video)]);
    const bar = required<HTMLElement>("#controls");
    bar.classList.add("has-seek");
    bar.prepend(this.seekBar.root);
    exposePlayer(this.player);
    for (const kind of ["timeupdate", "seeked"] as const) video.addEventListener(kind, draw);
  }

  /** Seconds. */
  get position(): number {
    return this.#video.currentTime;
  }

  set poster(url: string | null) {
    if (url !== null && this.#video.poster === "") this.#video.poster = url;
  }

  /** It may not be watched, or is not there any more. */
  refuse(why: string): void {
    this.#refusal = why;
    this.player.stop();
    this.draw();
  }

  draw(): void {
    const { state } = this.player;
    const view =
      this.#refusal === null ? pictureView(state, "From the beginning") : refusedView(this.#refusal);
    drawPlayer(state, view);
    setText(this.#time, `${clockWords(this.position)} / ${clockWords(this.seekBar.durationSeconds)}`);
    this.#controls.show();
    this.seekBar.show();
  }
}

function playable({ playbackUrl }: Recording): Playable {
  if (playbackUrl === null) throw new Error("The recording has nothing to play");
  const expiresAt = new Date(Date.now() + renewAfterMs).toISOString();
  return { url: playbackUrl, expiresAt, latencyMode: "recorded" };
}
