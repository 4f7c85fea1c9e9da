import { element, setText } from "../shared/element.ts";
import { type ChatLine, continuesAuthor } from "./chat-log.ts";

export interface ChatListSettings {
  scroll: HTMLElement;
  newer: HTMLButtonElement;
  retry(ref: string): void;
  discard(ref: string): void;
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

  toEnd(): void {
    const { scroll } = this.#settings;
    this.#readsAlong = true;
    this.#unread = 0;
    scroll.scrollTop = scroll.scrollHeight;
    this.#showUnread();
  }

  #draw(): void {
    this.#scheduled = false;
    const { scroll } = this.#settings;
    const isFirst = this.#rows.size === 0;
    const wanted = new Set(this.#lines.map(({ key }) => key));
    // Lines that fall off the top while someone reads back would move what they read: they may stay a while.
    if (this.#readsAlong || this.#rows.size > 1_500) this.#remove((key) => !wanted.has(key));
    else this.#remove((key, line) => !wanted.has(key) && line.state !== "sent");

    let added = 0;
    let next: Element | null = null;
    for (let index = this.#lines.length - 1; index >= 0; index--) {
      const line = this.#lines[index]!;
      const continues = continuesAuthor(line, this.#lines[index - 1]);
      const { row, isNew } = this.#rowFor(line, continues);
      if (isNew) added += 1;
      if (row.nextElementSibling !== next || row.parentElement !== scroll) scroll.insertBefore(row, next);
      next = row;
    }
    if (this.#readsAlong) this.toEnd();
    else if (!isFirst) this.#unread += added;
    this.#showUnread();
  }

  #remove(isGone: (key: string, line: ChatLine) => boolean): void {
    for (const [key, { row, drawn }] of this.#rows) {
      if (!isGone(key, drawn)) continue;
      row.remove();
      this.#rows.delete(key);
    }
  }

  #rowFor(line: ChatLine, continues: boolean): { row: HTMLElement; isNew: boolean } {
    const known = this.#rows.get(line.key);
    if (known && known.drawn === line && known.continues === continues)
      return { row: known.row, isNew: false };
    const row = known?.row ?? element("div", { class: "line", "data-testid": "chat-message" });
    fillRow(row, line, continues, this.#settings);
    this.#rows.set(line.key, { row, drawn: line, continues });
    return { row, isNew: known === undefined };
  }

  #showUnread(): void {
    const { newer } = this.#settings;
    newer.hidden = this.#readsAlong;
    const words =
      this.#unread === 0
        ? "To the newest"
        : this.#unread === 1
          ? "1 new message"
          : `${this.#unread} new messages`;
    setText(newer, words);
  }
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

function fillRow(
  row: HTMLElement,
  line: ChatLine,
  continues: boolean,
  actions: Pick<ChatListSettings, "retry" | "discard">,
): void {
  row.dataset.state = line.state;
  row.dataset.role = line.author.role;
  if (line.messageId) row.dataset.messageId = line.messageId;
  row.classList.toggle("continues", continues);
  const sentAt = new Date(line.createdAt);
  const author = element(
    "p",
    { class: "line-head" },
    element("span", { class: "line-author", "data-testid": "chat-author" }, line.author.name),
    line.author.role === "attendee"
      ? null
      : element("span", { class: "line-role" }, roleWord(line.author.role)),
    element("time", { class: "line-time", datetime: line.createdAt }, clock.format(sentAt)),
  );
  const text = element("p", { class: "line-text", "data-testid": "chat-text", dir: "auto" }, line.text);
  const note = line.state === "failed" ? failureNote(line, actions) : null;
  row.replaceChildren(...[avatar(line), author, text, note].filter((child) => child !== null));
}

function failureNote(
  line: ChatLine,
  { retry, discard }: Pick<ChatListSettings, "retry" | "discard">,
): HTMLElement {
  const again = element("button", { type: "button", class: "link" }, "Try again");
  const remove = element("button", { type: "button", class: "link" }, "Remove");
  again.addEventListener("click", () => retry(line.key));
  remove.addEventListener("click", () => discard(line.key));
  return element(
    "p",
    { class: "line-failure", role: "alert" },
    `Not sent. ${line.failure ?? ""} `,
    again,
    " ",
    remove,
  );
}

function avatar({ author }: ChatLine): HTMLElement {
  return element(
    "span",
    { class: "line-avatar", "aria-hidden": "true", "data-tint": tintOf(author.id) },
    [...author.name.trim()][0]?.toLocaleUpperCase() ?? "?",
  );
}

/** One of six tints, the same for a person everywhere. */
function tintOf(id: string): number {
  let sum = 0;
  for (let index = 0; index < id.length; index++) sum = (sum * 31 + id.charCodeAt(index)) % 6007;
  return sum % 6;
}

function roleWord(role: ChatLine["author"]["role"]): string {
  return role === "admin" ? "Host" : role === "moderator" ? "Moderator" : "Speaker";
}
