import { element, setText } from "../shared/element.ts";
import { type ChatLine, continuesAuthor } from "./chat-lines.ts";
import { chatRow, type RowActions } from "./chat-row.ts";

export interface ChatListSettings extends RowActions {
  scroll: HTMLElement;
  newer: HTMLButtonElement;
  /** Who looks on; their name is marked where it is mentioned. */
  me(): string | null;
  /** The lines have been drawn and may have moved. */
  drawn(): void;
  /** Somebody is about to press something beside a line: nothing may move. */
  isHeld(): boolean;
}

/** How far from the end still counts as reading along, in pixels. */
const nearEndPx = 60;

/** Draws the lines, keeps to the end while the reader is there, and leaves them alone while they read back. */
export class ChatList {
  #settings: ChatListSettings;
  #rows = new Map<string, { row: HTMLElement; drawn: ChatLine; continues: boolean }>();
  #lines: ChatLine[] = [];
  #scheduled = false;
  #readsAlong = true;
  #unread = 0;
  /** The highest seq that was ever drawn. */
  #newest = 0;

  constructor(settings: ChatListSettings) {
    this.#settings = settings;
    const { scroll, newer } = settings;
    // What scrolls must be reachable by keyboard.
    scroll.tabIndex = 0;
    scroll.addEventListener("scroll", () => {
      this.#readsAlong = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < nearEndPx;
      if (this.#readsAlong) this.#unread = 0;
      this.#showUnread();
    });
    scroll.addEventListener("keydown", (event) => this.#key(event));
    newer.addEventListener("click", () => this.toEnd());
    // A keyboard that comes up on a phone, or a turned phone, must not hide the newest line.
    new ResizeObserver(() => {
      if (this.#readsAlong) this.toEnd();
    }).observe(scroll);
  }

  /** Drawn with the next frame: a busy room costs one drawing a frame, not one a line. */
  show(lines: ChatLine[]): void {
    this.#lines = lines;
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A hidden tab gets no frames, but its chat must be there when it is looked at.
    if (document.hidden) setTimeout(() => this.#draw(), 250);
    else requestAnimationFrame(() => this.#draw());
  }

  /** Somebody else looks on: not a line of what the former one saw stays. */
  clear(): void {
    for (const { row } of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.#newest = 0;
    this.toEnd();
  }

  toEnd(): void {
    const { scroll } = this.#settings;
    this.#readsAlong = true;
    this.#unread = 0;
    scroll.scrollTop = scroll.scrollHeight;
    this.#showUnread();
  }

  /** The line of an element in the list, and its row. */
  lineAt(target: EventTarget | null): { line: ChatLine; row: HTMLElement } | null {
    const row = target instanceof Element ? target.closest<HTMLElement>(".line") : null;
    for (const { row: known, drawn } of this.#rows.values())
      if (known === row) return { line: drawn, row: known };
    return null;
  }

  /** Scrolls to a message and shows it for a moment; false when it is not here. */
  point(messageId: string): boolean {
    for (const { row, drawn } of this.#rows.values()) {
      if (drawn.message?.id !== messageId) continue;
      row.scrollIntoView({ block: "center" });
      row.classList.remove("is-pointed");
      // Read, so that the animation starts anew.
      void row.offsetWidth;
      row.classList.add("is-pointed");
      row.focus({ preventScroll: true });
      return true;
    }
    return false;
  }

  #draw(): void {
    this.#scheduled = false;
    const { scroll } = this.#settings;
    const isFirst = this.#rows.size === 0;
    const wanted = new Set(this.#lines.map(({ key }) => key));
    const oldest = this.#lines.find(({ message }) => message)?.message?.seq ?? 0;
    // Lines that fall off the top while someone reads back would move what they read: they may stay a while.
    const stays = ({ message }: ChatLine) => !this.#readsAlong && message !== null && message.seq < oldest;
    for (const [key, { row, drawn }] of this.#rows) {
      if (wanted.has(key) || (stays(drawn) && this.#rows.size < 1_500)) continue;
      row.remove();
      this.#rows.delete(key);
    }

    const newest = this.#newest;
    this.#newest = Math.max(newest, ...this.#lines.map(({ message }) => message?.seq ?? 0));
    let added = 0;
    let next: Element | null = null;
    for (let index = this.#lines.length - 1; index >= 0; index--) {
      const line = this.#lines[index]!;
      const continues = continuesAuthor(line, this.#lines[index - 1]);
      const { row, isNew } = this.#rowFor(line, continues);
      // What is fetched from further back is nothing new.
      if (isNew && (line.message?.seq ?? Number.POSITIVE_INFINITY) > newest) added += 1;
      if (row.nextElementSibling !== next || row.parentElement !== scroll) scroll.insertBefore(row, next);
      next = row;
    }
    if (this.#readsAlong && !this.#settings.isHeld()) this.toEnd();
    else if (!isFirst) this.#unread += added;
    this.#showUnread();
    this.#oneTabStop();
    this.#settings.drawn();
  }

  #rowFor(line: ChatLine, continues: boolean): { row: HTMLElement; isNew: boolean } {
    const known = this.#rows.get(line.key);
    if (known && known.drawn === line && known.continues === continues)
      return { row: known.row, isNew: false };
    const row =
      known?.row ?? element("article", { class: "line", tabindex: -1, "data-testid": "chat-message" });
    chatRow(row, line, continues, this.#settings.me(), this.#settings);
    this.#rows.set(line.key, { row, drawn: line, continues });
    return { row, isNew: known === undefined };
  }

  /** Of all the lines one is reached by Tab; from there the arrows lead on. */
  #oneTabStop(): void {
    const { scroll } = this.#settings;
    const focused = document.activeElement?.closest(".line");
    const stop = focused && scroll.contains(focused) ? focused : scroll.lastElementChild;
    for (const row of scroll.querySelectorAll<HTMLElement>('.line[tabindex="0"]'))
      if (row !== stop) row.tabIndex = -1;
    if (stop instanceof HTMLElement) stop.tabIndex = 0;
  }

  #key(event: KeyboardEvent): void {
    const from = document.activeElement?.closest(".line");
    if (!from) return;
    const { scroll } = this.#settings;
    const to = {
      ArrowUp: from.previousElementSibling,
      ArrowDown: from.nextElementSibling,
      Home: scroll.firstElementChild,
      End: scroll.lastElementChild,
    }[event.key];
    if (!(to instanceof HTMLElement)) return;
    event.preventDefault();
    event.stopPropagation();
    to.focus();
    this.#oneTabStop();
  }

  #showUnread(): void {
    const { newer } = this.#settings;
    newer.hidden = this.#readsAlong && this.#unread === 0;
    const words =
      this.#unread === 0
        ? "To the newest"
        : this.#unread === 1
          ? "1 new message"
          : `${this.#unread} new messages`;
    setText(newer, words);
  }
}
