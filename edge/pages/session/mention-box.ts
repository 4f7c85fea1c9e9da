import { element } from "../shared/element.ts";
import { completeMention, type Mentioned, mentionQuery, suggestMentions } from "./mentions.ts";

/** Names to choose from while `@…` is being written (ARIA listbox that the text field points into). */
export class MentionBox {
  readonly root = element("div", {
    class: "mention-box",
    id: "mention-box",
    role: "listbox",
    "aria-label": "People",
    "data-testid": "mention-box",
    hidden: true,
  });
  #input: HTMLTextAreaElement;
  #people: () => readonly Mentioned[];
  #suggested: Mentioned[] = [];
  #start = 0;
  #chosen = 0;

  constructor(input: HTMLTextAreaElement, people: () => readonly Mentioned[]) {
    this.#input = input;
    this.#people = people;
    for (const [name, value] of Object.entries({
      "aria-autocomplete": "list",
      "aria-controls": this.root.id,
      "aria-haspopup": "listbox",
    }))
      input.setAttribute(name, value);
    input.addEventListener("input", () => this.#look());
    input.addEventListener("click", () => this.#look());
    input.addEventListener("blur", () => this.#close());
    // Before the composer, whose Enter sends.
    input.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    // The field keeps its focus while a name is pressed.
    this.root.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  #look(): void {
    const { value, selectionStart } = this.#input;
    const found = mentionQuery(value, selectionStart);
    this.#suggested = found ? suggestMentions(this.#people(), found.query) : [];
    this.#start = found?.start ?? 0;
    this.#chosen = 0;
    this.#show();
  }

  #show(): void {
    this.root.hidden = this.#suggested.length === 0;
    this.root.replaceChildren(
      ...this.#suggested.map((person, index) => {
        const option = element(
          "div",
          {
            role: "option",
            id: `mention-${index}`,
            class: "mention-option",
            "aria-selected": String(index === this.#chosen),
            "data-testid": "mention-option",
          },
          person.name,
        );
        option.addEventListener("click", () => this.#take(person));
        return option;
      }),
    );
    if (this.root.hidden) this.#input.removeAttribute("aria-activedescendant");
    else this.#input.setAttribute("aria-activedescendant", `mention-${this.#chosen}`);
  }

  #key(event: KeyboardEvent): void {
    if (this.root.hidden || event.isComposing) return;
    const count = this.#suggested.length;
    const person = this.#suggested[this.#chosen];
    if (event.key === "ArrowDown") this.#chosen = (this.#chosen + 1) % count;
    else if (event.key === "ArrowUp") this.#chosen = (this.#chosen + count - 1) % count;
    else if (event.key === "Escape") this.#suggested = [];
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && person) this.#take(person);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#show();
  }

  #take(person: Mentioned): void {
    const { value, selectionStart } = this.#input;
    const { text, caret } = completeMention(value, selectionStart, this.#start, person);
    this.#input.value = text;
    this.#input.setSelectionRange(caret, caret);
    this.#close();
    // Whoever counts characters counts again; nothing is suggested behind a space.
    this.#input.dispatchEvent(new Event("input"));
  }

  #close(): void {
    this.#suggested = [];
    this.#show();
  }
}
