import type { Stream } from "../../protocol/streams.ts";
import type { Card } from "../session/keyed-list.ts";
import { element, setText } from "../shared/element.ts";
import { statusWord } from "../watch/stage-view.ts";

/** One stream in the list: its picture, what it does, and what is to be looked at. */
export class StreamCard implements Card<Stream> {
  readonly root: HTMLElement;
  #title = element("span", { class: "stream-title", dir: "auto" });
  #badge = element("span", { class: "badge" });
  #facts = element("span", { class: "stream-facts" });
  #trouble = element("span", { class: "fact is-warning" });

  constructor({ id }: Stream) {
    this.root = element(
      "li",
      { "data-stream": id },
      element(
        "a",
        { class: "stream-card", href: `/studio/${encodeURIComponent(id)}`, "data-testid": "stream-card" },
        element("span", { class: "stream-picture" }),
        element(
          "span",
          { class: "stream-words" },
          this.#title,
          element("span", { class: "about-facts" }, this.#badge, this.#facts, this.#trouble),
        ),
      ),
    );
  }

  show({ title, status, viewers, warnings = [], record }: Stream): void {
    setText(this.#title, title);
    setText(this.#badge, statusWord(status));
    this.#badge.dataset.status = status;
    const facts = [viewers > 0 ? `${viewers} watching` : "", record ? "recorded" : ""];
    setText(this.#facts, facts.filter(Boolean).join(" · "));
    const count = warnings.length;
    setText(this.#trouble, count === 0 ? "" : count === 1 ? "1 warning" : `${count} warnings`);
  }
}
