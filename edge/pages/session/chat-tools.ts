import { element, icon } from "../shared/element.ts";
import type { ChatLine } from "./chat-lines.ts";
import type { ChatList } from "./chat-list.ts";
import { panelIcons } from "./panel-icons.ts";
import { type MenuItem, openPopupMenu } from "./popup-menu.ts";

export interface ChatToolsSettings {
  body: HTMLElement;
  scroll: HTMLElement;
  list: ChatList;
  mayReply(): boolean;
  reply(line: ChatLine): void;
  /** What else may be done with a line; none for whoever may not do anything. */
  items(line: ChatLine): MenuItem[];
}

/**
 * The two buttons of the line that has the pointer or the focus. They hang over the list, not in it: what comes and
 * goes in a log would be read out.
 */
export class ChatTools {
  #settings: ChatToolsSettings;
  #reply = element(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "Reply",
      title: "Reply",
      "data-testid": "message-reply",
    },
    icon(panelIcons.reply),
  );
  #more = element(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "More",
      title: "More",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-testid": "message-more",
    },
    icon(panelIcons.more),
  );
  #root = element(
    "div",
    { class: "line-tools", role: "toolbar", "aria-label": "Message", hidden: true },
    this.#reply,
    this.#more,
  );
  #row: HTMLElement | null = null;
  #isPointed = false;

  constructor(settings: ChatToolsSettings) {
    this.#settings = settings;
    const { body, scroll } = settings;
    body.append(this.#root);
    scroll.addEventListener("pointerover", (event) => {
      if (event.pointerType !== "touch") this.#take(event.target);
    });
    scroll.addEventListener("focusin", (event) => this.#take(event.target));
    // On a touch screen a line is tapped; a second tap puts the buttons away.
    scroll.addEventListener("pointerup", (event) => {
      if (event.pointerType === "touch") this.#take(event.target);
    });
    scroll.addEventListener("scroll", () => this.place());
    body.addEventListener("pointerleave", ({ pointerType }) => {
      // A finger leaves whenever it is lifted.
      if (pointerType === "mouse" && !this.#root.contains(document.activeElement)) this.hide();
    });
    // On a touch screen nothing hovers, though the browser says so after a tap.
    this.#root.addEventListener("pointerenter", ({ pointerType }) => {
      this.#isPointed = pointerType === "mouse";
    });
    this.#root.addEventListener("pointerleave", () => {
      this.#isPointed = false;
    });
    this.#reply.addEventListener("click", () => {
      const line = this.#line;
      this.hide();
      if (line) settings.reply(line);
    });
    this.#more.addEventListener("click", () => {
      const line = this.#line;
      if (line) openPopupMenu(this.#more, `Message of ${line.author.name}`, settings.items(line));
    });
  }

  /** The pointer is on the buttons, or their menu is open. */
  get isHeld(): boolean {
    const isOpen = this.#more.getAttribute("aria-expanded") === "true";
    return !this.#root.hidden && (isOpen || this.#isPointed);
  }

  hide(): void {
    this.#root.hidden = true;
    this.#isPointed = false;
    this.#row?.classList.remove("has-tools");
    this.#row = null;
  }

  /** As it is now: under a pointer that rests on it a line may be approved, pinned or taken away. */
  get #line(): ChatLine | null {
    return this.#settings.list.lineAt(this.#row)?.line ?? null;
  }

  #take(target: EventTarget | null): void {
    const at = this.#settings.list.lineAt(target);
    if (!at || at.row === this.#row) return;
    this.hide();
    this.#row = at.row;
    this.place();
  }

  /** Shows the buttons of what may be done with the line; true if there are any. */
  #offer(row: HTMLElement): boolean {
    const line = this.#line;
    const isMessage = line !== null && line.message !== null && line.state !== "removed";
    this.#reply.hidden = !isMessage || !this.#settings.mayReply() || line.state === "held";
    this.#more.hidden = !isMessage || this.#settings.items(line).length === 0;
    const isOffered = !this.#reply.hidden || !this.#more.hidden;
    row.classList.toggle("has-tools", isOffered);
    this.#root.hidden = !isOffered;
    return isOffered;
  }

  /** Where the line is now, and what it is. */
  place(): void {
    if (this.#row === null) return;
    const { body, scroll } = this.#settings;
    if (!this.#row.isConnected) {
      this.hide();
      return;
    }
    if (!this.#offer(this.#row)) return;
    const row = this.#row.getBoundingClientRect();
    const seen = scroll.getBoundingClientRect();
    if (row.bottom < seen.top || row.top > seen.bottom) {
      this.hide();
      return;
    }
    const top = Math.max(row.top, seen.top) - body.getBoundingClientRect().top;
    this.#root.style.top = `${Math.max(2, top - 6)}px`;
  }
}
