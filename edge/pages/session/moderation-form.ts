import type { Moderation, ModerationChange } from "../../protocol/chat.ts";
import { element } from "../shared/element.ts";
import { switchField } from "../shared/switch-field.ts";
import type { SessionContext } from "./session-context.ts";

type Switch = {
  [K in keyof Moderation]: Moderation[K] extends boolean ? K : never;
}[keyof Moderation];

const switches: [Switch, string][] = [
  ["chatEnabled", "Chat"],
  ["chatModerated", "Review every message first"],
  ["questionsEnabled", "Questions"],
  ["questionsModerated", "Review every question first"],
  ["askersVisibleToStaff", "Show staff who asks anonymously"],
  ["pollsEnabled", "Polls"],
];
const slowModes: [number, string][] = [
  [0, "Off"],
  [5, "5 seconds"],
  [10, "10 seconds"],
  [30, "30 seconds"],
  [60, "1 minute"],
  [300, "5 minutes"],
];
const duplicates: [number, string][] = [
  [0, "Allowed"],
  [30, "Refused for 30 seconds"],
  [300, "Refused for 5 minutes"],
  [3600, "Refused for 1 hour"],
];

/** How the session is moderated. A switch acts at once; the words are saved by their button. */
export class ModerationForm {
  #context: SessionContext;
  #form: HTMLFormElement;

  constructor(context: SessionContext, form: HTMLFormElement) {
    this.#context = context;
    this.#form = form;
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  async load(): Promise<void> {
    await this.#context.attempt(async () => {
      const moderation = await this.#context.calls.moderation();
      // Not under the hands of who is writing, who may have begun while this was on its way.
      if (!this.#form.contains(document.activeElement)) this.#draw(moderation);
    });
  }

  #draw(moderation: Moderation): void {
    this.#form.replaceChildren(
      ...switches.map(([name, label]) => this.#switch(name, label, moderation[name])),
      this.#select("Slow mode", "slowModeSeconds", slowModes, moderation.slowModeSeconds),
      this.#select("Repeats", "duplicateSeconds", duplicates, moderation.duplicateSeconds),
      this.#words(moderation),
    );
  }

  #switch(name: Switch, label: string, on: boolean): HTMLElement {
    const { row, input } = switchField(label, { checked: on, "data-testid": `set-${name}` });
    input.addEventListener("change", async () => {
      const saved = await this.#save({ [name]: input.checked });
      if (!saved) input.checked = !input.checked;
    });
    return row;
  }

  #select(
    label: string,
    name: "slowModeSeconds" | "duplicateSeconds",
    choices: [number, string][],
    value: number,
  ): HTMLElement {
    // A value set elsewhere stays to be seen.
    const known = choices.some(([seconds]) => seconds === value);
    const all = known ? choices : [...choices, [value, `${value} seconds`] as [number, string]];
    const select = element(
      "select",
      { class: "select", "data-testid": `set-${name}` },
      ...all.map(([seconds, words]) =>
        element("option", { value: seconds, selected: seconds === value }, words),
      ),
    );
    select.addEventListener("change", () => void this.#save({ [name]: Number(select.value) }));
    return element("label", { class: "setting" }, element("span", {}, label), select);
  }

  #words({ blockedWords, blockedWordsAction }: Moderation): HTMLElement {
    const words = element("textarea", {
      class: "composer-input",
      rows: 4,
      "aria-describedby": "words-hint",
      "data-testid": "set-words",
    });
    words.value = blockedWords.join("\n");
    const action = element(
      "select",
      { class: "select", "data-testid": "set-words-action" },
      element("option", { value: "hold", selected: blockedWordsAction === "hold" }, "Hold for review"),
      element("option", { value: "refuse", selected: blockedWordsAction === "refuse" }, "Refuse"),
    );
    const save = element(
      "button",
      { type: "button", class: "button small", "data-testid": "save-words" },
      "Save words",
    );
    save.addEventListener("click", () => {
      const list = [...new Set(words.value.split("\n").map((word) => word.trim()))].filter(Boolean);
      void this.#save({
        blockedWords: list,
        blockedWordsAction: action.value === "refuse" ? "refuse" : "hold",
      });
    });
    return element(
      "div",
      { class: "words" },
      element("label", { class: "field" }, element("span", { class: "field-label" }, "Blocked words"), words),
      element(
        "p",
        { class: "staff-note", id: "words-hint" },
        "One a line, in any case; * stands for any letters.",
      ),
      element("label", { class: "setting" }, element("span", {}, "Messages with them"), action),
      save,
    );
  }

  #save(change: ModerationChange): Promise<boolean> {
    return this.#context.attempt(() => this.#context.calls.changeModeration(change), "Saved.");
  }
}
