import { clockWords } from "../shared/amounts.ts";
import { element, setText } from "../shared/element.ts";
import type { Moment } from "./moments.ts";
import { type ThumbnailCue, thumbnailAt } from "./thumbnail-track.ts";

const stepSeconds = 5;

/** A bar over a whole recording: where one is, what is loaded, what came up, and pictures along it. */
export class SeekBar {
  readonly root: HTMLElement;
  #video: HTMLVideoElement;
  #input = element("input", {
    type: "range",
    class: "seek-input",
    min: 0,
    max: 1,
    value: 0,
    step: "any",
    "aria-label": "Position",
    "data-testid": "seek",
  });
  #played = element("span", { class: "seek-played" });
  #loaded = element("span", { class: "seek-loaded" });
  #markers = element("span", { class: "seek-markers" });
  #picture = element("span", { class: "seek-picture", "data-testid": "seek-picture", hidden: true });
  #time = element("span", { class: "seek-time" });
  #preview = element("span", { class: "seek-preview", hidden: true }, this.#picture, this.#time);
  #thumbnails: readonly ThumbnailCue[] = [];
  #isHeld = false;

  /** `seek` is told of positions in seconds. */
  constructor(video: HTMLVideoElement, seek: (seconds: number) => void) {
    this.#video = video;
    this.root = element(
      "div",
      { class: "seek" },
      element(
        "span",
        { class: "seek-track", "aria-hidden": "true" },
        this.#loaded,
        this.#played,
        this.#markers,
      ),
      this.#input,
      this.#preview,
    );
    this.#input.addEventListener("input", () => {
      seek(Number(this.#input.value));
      this.show();
    });
    this.#input.addEventListener("keydown", (event) => this.#key(event, seek));
    this.#input.addEventListener("pointerdown", () => {
      this.#isHeld = true;
    });
    for (const kind of ["pointerup", "pointercancel"] as const)
      this.#input.addEventListener(kind, () => {
        this.#isHeld = false;
      });
    this.#input.addEventListener("pointermove", (event) => this.#look(event));
    this.#input.addEventListener("pointerleave", () => {
      this.#preview.hidden = true;
    });
    for (const kind of ["timeupdate", "progress", "durationchange", "seeking"] as const)
      video.addEventListener(kind, () => this.show());
  }

  set thumbnails(cues: readonly ThumbnailCue[]) {
    this.#thumbnails = cues;
  }

  get durationSeconds(): number {
    const { duration, seekable } = this.#video;
    if (Number.isFinite(duration)) return duration;
    return seekable.length > 0 ? seekable.end(seekable.length - 1) : 0;
  }

  mark(moments: readonly Moment[]): void {
    this.#markers.replaceChildren(
      ...moments.map(({ kind, positionSeconds }) => {
        const mark = element("span", { class: "seek-marker", "data-kind": kind });
        mark.style.left = this.#share(positionSeconds);
        return mark;
      }),
    );
  }

  show(): void {
    const { currentTime, buffered } = this.#video;
    const duration = this.durationSeconds;
    this.#input.max = String(duration || 1);
    if (!this.#isHeld) this.#input.value = String(currentTime);
    this.#input.setAttribute("aria-valuetext", `${clockWords(currentTime)} of ${clockWords(duration)}`);
    this.#played.style.width = this.#share(this.#isHeld ? Number(this.#input.value) : currentTime);
    const loaded = buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
    this.#loaded.style.width = this.#share(loaded);
  }

  #share(seconds: number): string {
    const duration = this.durationSeconds;
    return duration > 0 ? `${Math.min(100, (seconds / duration) * 100)}%` : "0";
  }

  /** The arrows of a range with any step move a hundredth of it, which may be a minute. */
  #key(event: KeyboardEvent, seek: (seconds: number) => void): void {
    const { currentTime } = this.#video;
    const to = {
      ArrowLeft: currentTime - stepSeconds,
      ArrowDown: currentTime - stepSeconds,
      ArrowRight: currentTime + stepSeconds,
      ArrowUp: currentTime + stepSeconds,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    seek(Math.max(0, Math.min(this.durationSeconds, to)));
  }

  #look({ clientX }: PointerEvent): void {
    const { left, width } = this.#input.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (clientX - left) / width));
    const seconds = share * this.durationSeconds;
    setText(this.#time, clockWords(seconds));
    const cue = thumbnailAt(this.#thumbnails, seconds);
    this.#picture.hidden = cue === null;
    if (cue) {
      const { style } = this.#picture;
      style.width = `${cue.width}px`;
      style.height = `${cue.height}px`;
      // Its address was written anew by URL, which leaves no quotes in it.
      style.backgroundImage = `url("${cue.url}")`;
      style.backgroundPosition = `-${cue.x}px -${cue.y}px`;
    }
    this.#preview.hidden = false;
    // Within the bar, however near to its ends.
    const half = this.#preview.offsetWidth / 2;
    this.#preview.style.left = `${Math.max(half, Math.min(width - half, share * width))}px`;
  }
}
