import { element, icon, setText } from "../shared/element.ts";
import type { Draft } from "./chat-lines.ts";
import { type ComposerFacts, composerView } from "./composer-view.ts";
import { MentionBox } from "./mention-box.ts";
import { type Mentioned, mentionedIn } from "./mentions.ts";
import { panelIcons } from "./panel-icons.ts";

export interface ComposerSettings {
  facts(): Omit<ComposerFacts, "text">;
  /** Who may be named, the latest first. */
  people(): readonly Mentioned[];
  send(draft: Draft): void;
  /** The person goes on typing: an old problem is no news any more. */
  typed(): void;
}

/** The field to write in. Enter sends, Shift with Enter makes a line; the button is for thumbs. */
export class ChatComposer {
  readonly form: HTMLFormElement;
  #settings: ComposerSettings;
  #input: HTMLTextAreaElement;
  #button: HTMLButtonElement;
  #hint = element("p", {
    class: "composer-hint",
    id: "composer-hint",
    role: "status",
    "data-testid": "chat-hint",
  });
  #count = element("span", { class: "composer-count", "aria-hidden": "true" });
  #replying = element("div", { class: "composer-reply", "data-testid": "chat-replying", hidden: true });
  #replyTo: string | null = null;

  constructor(settings: ComposerSettings) {
    this.#settings = settings;
    this.#input = element("textarea", {
      class: "composer-input",
      rows: 1,
      placeholder: "Say something",
      "aria-label": "Your message",
      "aria-describedby": "composer-hint",
      enterkeyhint: "send",
      "data-testid": "chat-input",
    });
    this.#button = element(
      "button",
      { type: "submit", class: "button primary", "data-testid": "chat-send" },
      "Send",
    );
    const mentions = new MentionBox(this.#input, settings.people);
    this.form = element(
      "form",
      { class: "composer" },
      this.#replying,
      element("div", { class: "composer-row" }, mentions.root, this.#input, this.#count, this.#button),
      this.#hint,
    );
    this.#input.addEventListener("input", () => {
      settings.typed();
      this.show();
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#replyTo !== null) this.replyTo(null);
      // While an input method composes, Enter takes its suggestion.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.show();
  }

  focus(): void {
    this.#input.focus();
  }

  /** What is written next answers that message; null takes it back. */
  replyTo(message: { id: string; name: string; text: string } | null): void {
    this.#replyTo = message?.id ?? null;
    this.#replying.hidden = message === null;
    if (message === null) return;
    const cancel = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": "Do not reply" },
      icon(panelIcons.close),
    );
    cancel.addEventListener("click", () => {
      this.replyTo(null);
      this.focus();
    });
    const words = element(
      "p",
      {},
      "Replying to ",
      element("strong", {}, message.name),
      " ",
      element("span", { dir: "auto" }, message.text),
    );
    this.#replying.replaceChildren(words, cancel);
    this.focus();
  }

  /** Gives the words back that could not be sent, unless something else stands there by now. */
  giveBack(text: string): boolean {
    if (this.#input.value.trim() !== "") return false;
    this.#input.value = text;
    this.show();
    return true;
  }

  show(): void {
    const view = composerView({ ...this.#settings.facts(), text: this.#input.value });
    this.#button.disabled = !view.canSend;
    setText(this.#hint, view.hint);
    this.#hint.classList.toggle("is-problem", view.isProblem);
    setText(this.#count, view.charactersLeft === null ? "" : String(view.charactersLeft));
    // Grows with its text up to what the style sheet allows.
    this.#input.style.height = "auto";
    this.#input.style.height = `${this.#input.scrollHeight + 2}px`;
  }

  #submit(): void {
    const text = this.#input.value.trim();
    if (this.#button.disabled || text === "") return;
    const people = this.#settings.people();
    const ids = mentionedIn(text, people);
    const mentions = people.filter(({ id }) => ids.includes(id));
    this.#input.value = "";
    this.#settings.send({ text, replyTo: this.#replyTo, mentions });
    this.replyTo(null);
    this.show();
  }
}
