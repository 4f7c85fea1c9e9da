import { element, setText } from "../shared/element.ts";

const speeds = [1, 1.25, 1.5, 2, 0.75];

/** How fast the recording plays: each press the next speed. */
export function speedButton(video: HTMLVideoElement): HTMLButtonElement {
  const button = element("button", { type: "button", class: "control", "data-testid": "speed" });
  const show = () => {
    setText(button, `${video.playbackRate}×`);
    button.setAttribute("aria-label", `Speed: ${video.playbackRate} times`);
  };
  button.addEventListener("click", () => {
    video.playbackRate = speeds[(speeds.indexOf(video.playbackRate) + 1) % speeds.length]!;
    // What is loaded anew begins at the default.
    video.defaultPlaybackRate = video.playbackRate;
  });
  video.addEventListener("ratechange", show);
  show();
  return button;
}
