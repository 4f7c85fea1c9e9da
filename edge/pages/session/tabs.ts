import { element, setText } from "../shared/element.ts";

export interface Tab {
  name: string;
  title: string;
  panel: HTMLElement;
}

/** Tabs over panels (ARIA tabs, chosen at once by arrow keys). */
export class Tabs {
  #list: HTMLElement;
  #tabs = new Map<string, { button: HTMLButtonElement; badge: HTMLElement; panel: HTMLElement }>();
  #chosen: string;
  #changed: (name: string) => void;

  constructor(list: HTMLElement, tabs: [Tab, ...Tab[]], changed: (name: string) => void) {
    this.#list = list;
    this.#changed = changed;
    this.#chosen = tabs[0].name;
    for (const { name, title, panel } of tabs) {
      const badge = element("span", { class: "tab-badge", "data-testid": `badge-${name}`, hidden: true });
      const button = element(
        "button",
        {
          type: "button",
          class: "tab",
          id: `tab-${name}`,
          role: "tab",
          "aria-controls": panel.id,
          "data-testid": `tab-${name}`,
        },
        title,
        badge,
      );
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      // Read to its end by keys as well, where nothing in it takes the focus.
      for (const box of panel.querySelectorAll<HTMLElement>(".panel-scroll")) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-labelledby", button.id);
      }
      button.addEventListener("click", () => this.choose(name));
      this.#tabs.set(name, { button, badge, panel });
      list.append(button);
    }
    list.addEventListener("keydown", (event) => this.#key(event));
    this.#show();
  }

  get chosen(): string {
    return this.#chosen;
  }

  choose(name: string): void {
    if (name === this.#chosen || !this.#tabs.has(name)) return;
    this.#chosen = name;
    this.#show();
    this.#changed(name);
  }

  /** A tab that is not offered leaves its place to the first one. */
  offer(name: string, offered: boolean): void {
    const tab = this.#tabs.get(name);
    if (!tab || tab.button.hidden === !offered) return;
    tab.button.hidden = !offered;
    const first = this.#offered()[0];
    if (!offered && name === this.#chosen && first) this.choose(first);
  }

  /** `words` is what the number means, for who does not see where it stands. */
  badge(name: string, count: number, words: string): void {
    const tab = this.#tabs.get(name);
    if (!tab) return;
    tab.badge.hidden = count === 0;
    setText(tab.badge, count > 99 ? "99+" : String(count));
    if (count === 0) tab.button.removeAttribute("aria-description");
    else tab.button.setAttribute("aria-description", `${count} ${words}`);
  }

  #offered(): string[] {
    return [...this.#tabs].filter(([, { button }]) => !button.hidden).map(([name]) => name);
  }

  #show(): void {
    for (const [name, { button, panel }] of this.#tabs) {
      const chosen = name === this.#chosen;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      panel.hidden = !chosen;
    }
  }

  #key(event: KeyboardEvent): void {
    const names = this.#offered();
    const at = names.indexOf(this.#chosen);
    const next = {
      ArrowRight: names[(at + 1) % names.length],
      ArrowLeft: names.at(at - 1),
      Home: names[0],
      End: names.at(-1),
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(next);
    this.#list.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  }
}
