import { element, icon } from "../shared/element.ts";
import { icons } from "./icons.ts";

const storageKey = "rostrum:sound";

interface Sound {
  volume: number;
  wanted: boolean;
}

/**
 * Mute and volume. Browsers let a video start by itself only without sound, so it starts muted, with a plain button to
 * turn the sound on; who did that once is tried with sound the next time.
 */
export class SoundControls {
  readonly root: HTMLElement;
  #video: HTMLVideoElement;
  #unmute: HTMLButtonElement;
  #mute = element("button", { type: "button", class: "control", "data-testid": "mute" });
  #slider = element("input", {
    type: "range",
    class: "volume",
    min: 0,
    max: 100,
    step: 5,
    "aria-label": "Volume",
  });

  constructor(video: HTMLVideoElement, unmute: HTMLButtonElement) {
    this.#video = video;
    this.#unmute = unmute;
    const stored = readSound();
    video.volume = stored.volume;
    video.muted = !stored.wanted;
    this.root = element("div", { class: "sound" }, this.#mute, this.#slider);
    this.#mute.addEventListener("click", () => this.toggle());
    unmute.addEventListener("click", () => this.toggle());
    unmute.prepend(icon(icons.muted));
    this.#slider.addEventListener("input", () => {
      video.volume = Number(this.#slider.value) / 100;
      video.muted = video.volume === 0;
      this.#keep();
    });
    video.addEventListener("volumechange", () => this.show());
    this.show();
  }

  toggle(): void {
    const { volume, muted } = this.#video;
    if (muted && volume === 0) this.#video.volume = 0.5;
    this.#video.muted = !muted;
    this.#keep();
  }

  show(): void {
    const { volume, muted, paused } = this.#video;
    const label = muted ? "Turn sound on" : "Mute";
    this.#mute.replaceChildren(icon(muted ? icons.muted : icons.sound));
    this.#mute.setAttribute("aria-label", label);
    this.#mute.title = `${label} (M)`;
    this.#slider.value = String(muted ? 0 : Math.round(volume * 100));
    this.#unmute.hidden = !muted || paused;
  }

  #keep(): void {
    const sound: Sound = { volume: this.#video.volume || 0.5, wanted: !this.#video.muted };
    try {
      localStorage.setItem(storageKey, JSON.stringify(sound));
    } catch {
      // Private windows may refuse; then it is asked again next time.
    }
  }
}

function readSound(): Sound {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey) ?? "null") as Partial<Sound> | null;
    const volume = typeof stored?.volume === "number" ? Math.min(1, Math.max(0, stored.volume)) : 1;
    return { volume, wanted: stored?.wanted === true };
  } catch {
    return { volume: 1, wanted: false };
  }
}
