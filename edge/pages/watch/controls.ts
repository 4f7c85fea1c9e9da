import { element, icon, required } from "../shared/element.ts";
import { icons } from "./icons.ts";
import type { Player } from "./player.ts";
import { QualityMenu } from "./quality-menu.ts";
import { listenToShortcuts } from "./shortcuts.ts";
import { SoundControls } from "./sound.ts";

const hideAfterMs = 3_000;

/** The bar over the picture. It leaves while nobody needs it, and never while the keyboard is in it. */
export class PlayerControls {
  #player: Player;
  #stage = required<HTMLElement>("#stage");
  #bar = required<HTMLElement>("#controls");
  #video = required<HTMLVideoElement>("#video");
  #sound: SoundControls;
  #quality: QualityMenu;
  #play = button("play");
  #pictureInPicture = button("picture-in-picture", icons.pictureInPicture, "Picture in picture");
  #fullscreen = button("fullscreen", icons.fullscreen);
  #hideTimer: ReturnType<typeof setTimeout> | undefined;

  /** `middle` stands between the sound and the quality: live's way back to now, or a recording's time. */
  constructor(player: Player, middle: HTMLElement[]) {
    this.#player = player;
    const [bar, video, stage] = [this.#bar, this.#video, this.#stage];
    this.#sound = new SoundControls(video, required("#stage-unmute"));
    this.#quality = new QualityMenu({
      engine: () => player.engine,
      choose: (index) => player.chooseLevel(index),
    });
    const spacer = element("span", { class: "controls-spacer" });
    bar.append(
      this.#play,
      this.#sound.root,
      ...middle,
      spacer,
      this.#quality.root,
      this.#pictureInPicture,
      this.#fullscreen,
    );
    this.#play.addEventListener("click", () => this.#togglePlay());
    required("#stage-play").addEventListener("click", () => player.play());
    listenToShortcuts({
      togglePlay: () => this.#togglePlay(),
      toggleSound: () => this.#sound.toggle(),
      toggleFullscreen: () => void this.#toggleFullscreen(),
      seekBy: (seconds) => player.seekBy(seconds),
      goToLive: () => player.goToLive(),
    });
    this.#pictureInPicture.hidden = !document.pictureInPictureEnabled;
    this.#pictureInPicture.addEventListener("click", () => void this.#togglePictureInPicture());
    this.#fullscreen.addEventListener("click", () => void this.#toggleFullscreen());
    document.addEventListener("fullscreenchange", () => this.show());
    for (const kind of ["pointermove", "pointerdown", "focusin"] as const) {
      stage.addEventListener(kind, () => this.#appear());
    }
    stage.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") this.#hide();
    });
    video.addEventListener("click", (event) => {
      // A finger that taps the picture wants the bar; a mouse has it already and wants to pause.
      if ((event as PointerEvent).pointerType === "mouse") this.#togglePlay();
    });
    this.#appear();
    this.show();
  }

  show(): void {
    const [player, bar] = [this.#player, this.#bar];
    const isPlaying = player.state === "playing" || player.state === "stalled";
    bar.hidden = !["playing", "paused", "stalled", "blocked"].includes(player.state);
    label(this.#play, isPlaying ? "Pause" : "Play", "K");
    this.#play.replaceChildren(icon(isPlaying ? icons.pause : icons.play));
    const isFull = document.fullscreenElement !== null;
    label(this.#fullscreen, isFull ? "Leave full screen" : "Full screen", "F");
    this.#fullscreen.replaceChildren(icon(isFull ? icons.leaveFullscreen : icons.fullscreen));
    this.#sound.show();
    this.#quality.show();
  }

  #togglePlay(): void {
    if (this.#video.paused) this.#player.play();
    else this.#player.pause();
  }

  async #toggleFullscreen(): Promise<void> {
    const [stage, video] = [this.#stage, this.#video];
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (stage.requestFullscreen) await stage.requestFullscreen();
      // iPhones know full screen for the video alone.
      else (video as { webkitEnterFullscreen?: () => void }).webkitEnterFullscreen?.();
    } catch {
      // Refused by the browser or its settings: the picture stays where it is.
    }
  }

  async #togglePictureInPicture(): Promise<void> {
    try {
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      else await this.#video.requestPictureInPicture();
    } catch {
      // As with full screen.
    }
  }

  #appear(): void {
    this.#stage.classList.remove("is-idle");
    clearTimeout(this.#hideTimer);
    this.#hideTimer = setTimeout(() => this.#hide(), hideAfterMs);
  }

  #hide(): void {
    const inUse = this.#quality.isOpen || this.#bar.querySelector(":focus-visible") !== null;
    if (this.#player.state === "playing" && !inUse) this.#stage.classList.add("is-idle");
  }
}

function button(testId: string, shape?: string, words?: string): HTMLButtonElement {
  const made = element("button", { type: "button", class: "control", "data-testid": testId });
  if (shape) made.append(icon(shape));
  if (words) label(made, words);
  return made;
}

function label(target: HTMLElement, words: string, key?: string): void {
  target.setAttribute("aria-label", words);
  target.title = key ? `${words} (${key})` : words;
}
