import type { ChatMessage } from "../../protocol/chat.ts";
import { element, icon } from "../shared/element.ts";
import { panelIcons } from "./panel-icons.ts";

export interface PinnedBarSettings {
  root: HTMLElement;
  mayUnpin(): boolean;
  unpin(message: ChatMessage): void;
  point(message: ChatMessage): void;
}

/** What staff have pinned, the newest pin open, the others behind a button. */
export class PinnedBar {
  #settings: PinnedBarSettings;
  #pinned: readonly ChatMessage[] = [];
  #isOpen = false;
  #drawn = "";

  constructor(settings: PinnedBarSettings) {
    this.#settings = settings;
  }

  show(pinned: readonly ChatMessage[]): void {
    this.#pinned = pinned;
    const { root, mayUnpin } = this.#settings;
    const key = JSON.stringify([pinned.map(({ id }) => id), this.#isOpen, mayUnpin()]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    root.hidden = pinned.length === 0;
    const newestFirst = pinned.toReversed();
    const shown = this.#isOpen ? newestFirst : newestFirst.slice(0, 1);
    const others = pinned.length - 1;
    const toggle =
      others > 0
        ? element(
            "button",
            { type: "button", class: "link pinned-toggle", "aria-expanded": String(this.#isOpen) },
            this.#isOpen ? "Show less" : `${others} more`,
          )
        : null;
    toggle?.addEventListener("click", () => {
      this.#isOpen = !this.#isOpen;
      this.show(this.#pinned);
      root.querySelector<HTMLElement>(".pinned-toggle")?.focus();
    });
    root.replaceChildren(...shown.map((message) => this.#line(message)), ...(toggle ? [toggle] : []));
  }

  #line(message: ChatMessage): HTMLElement {
    const { mayUnpin, unpin, point } = this.#settings;
    const words = element(
      "button",
      { type: "button", class: "pinned-words", "data-testid": "pinned-message" },
      element("span", { class: "line-author" }, message.user.name),
      " ",
      element("span", { dir: "auto" }, message.text),
    );
    words.addEventListener("click", () => point(message));
    const button = mayUnpin()
      ? element(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": `Unpin the message of ${message.user.name}`,
            title: "Unpin",
            "data-testid": "unpin",
          },
          icon(panelIcons.close),
        )
      : null;
    button?.addEventListener("click", () => unpin(message));
    return element("div", { class: "pinned-line" }, icon(panelIcons.pin), words, button);
  }
}
