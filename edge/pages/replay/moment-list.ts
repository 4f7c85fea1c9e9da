import { clockWords } from "../shared/amounts.ts";
import { element, required } from "../shared/element.ts";
import type { Moment } from "./moments.ts";

/** Questions and polls as a table of contents: each leads to where it came up. */
export function drawMoments(moments: readonly Moment[], go: (seconds: number) => void): void {
  required<HTMLElement>("#moment-empty").hidden = moments.length > 0;
  required("#moment-list").replaceChildren(
    ...moments.map(({ kind, positionSeconds, title, detail }) => {
      const button = element(
        "button",
        { type: "button", class: "moment", "data-kind": kind, "data-testid": "moment" },
        element("span", { class: "moment-time" }, clockWords(positionSeconds)),
        element("span", { class: "moment-kind" }, kind === "poll" ? "Poll" : "Question"),
        element("span", { class: "moment-title", dir: "auto" }, title),
        element("span", { class: "moment-detail", dir: "auto" }, detail),
      );
      button.addEventListener("click", () => go(positionSeconds));
      return button;
    }),
  );
}
