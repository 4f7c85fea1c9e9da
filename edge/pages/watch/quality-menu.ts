import { element, setText } from "../shared/element.ts";
import type { PlaybackEngine } from "./playback-engine.ts";
import { levelName, type QualityOption, qualityOptions } from "./quality-levels.ts";

export interface QualityMenuSettings {
  engine(): PlaybackEngine | null;
  choose(index: number): void;
}

/** A button that says the quality on screen, and a menu with automatic and each real level (ARIA menu button). */
export class QualityMenu {
  readonly root: HTMLElement;
  #settings: QualityMenuSettings;
  #button = element("button", {
    type: "button",
    class: "control quality-button",
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    "data-testid": "quality",
  });
  #menu = element("div", {
    class: "quality-menu",
    role: "menu",
    "aria-label": "Picture quality",
    hidden: true,
  });
  #drawn = "";

  constructor(settings: QualityMenuSettings) {
    this.#settings = settings;
    this.root = element("div", { class: "quality" }, this.#menu, this.#button);
    this.#button.addEventListener("click", () => this.#toggle(!this.isOpen));
    this.root.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerdown", (event) => {
      if (!this.root.contains(event.target as Node)) this.#toggle(false);
    });
    this.root.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.root.contains(event.relatedTarget as Node)) this.#toggle(false);
    });
  }

  get isOpen(): boolean {
    return !this.#menu.hidden;
  }

  show(): void {
    const engine = this.#settings.engine();
    const levels = engine?.levels ?? [];
    this.root.hidden = levels.length === 0;
    if (!engine || levels.length === 0) {
      this.#toggle(false);
      return;
    }
    const onScreen = levels.find(({ index }) => index === engine.playingLevel);
    const chosen = levels.find(({ index }) => index === engine.chosenLevel);
    const words = chosen ? levelName(chosen) : onScreen ? `Auto ${levelName(onScreen)}` : "Auto";
    setText(this.#button, words);
    this.#button.setAttribute("aria-label", `Picture quality: ${words}`);
    const options = qualityOptions(levels, engine.chosenLevel, engine.playingLevel);
    const key = JSON.stringify(options);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focused = [...this.#menu.children].indexOf(document.activeElement as Element);
    this.#menu.replaceChildren(...options.map((option) => this.#item(option)));
    if (focused >= 0) this.#items()[focused]?.focus();
  }

  #item(option: QualityOption): HTMLElement {
    const item = element(
      "button",
      {
        type: "button",
        class: "quality-item",
        role: "menuitemradio",
        "aria-checked": String(option.selected),
        tabindex: -1,
        "data-level": option.index,
      },
      element("span", {}, option.label),
      element("span", { class: "quality-detail" }, option.detail),
    );
    item.addEventListener("click", () => {
      this.#settings.choose(option.index);
      this.#toggle(false);
      this.#button.focus();
    });
    return item;
  }

  #items(): HTMLElement[] {
    return [...this.#menu.querySelectorAll<HTMLElement>('[role="menuitemradio"]')];
  }

  #toggle(open: boolean): void {
    if (this.#menu.hidden === !open) return;
    this.#menu.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
    if (open) this.#menu.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
  }

  #key(event: KeyboardEvent): void {
    if (this.#menu.hidden) return;
    const items = this.#items();
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === "Escape") {
      this.#toggle(false);
      this.#button.focus();
    } else if (next !== undefined) {
      items[(next + items.length) % items.length]?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
