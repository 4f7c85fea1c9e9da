import type { Role } from "../../protocol/accounts.ts";
import { element } from "../shared/element.ts";
import type { ChatLine } from "./chat-lines.ts";
import { splitMentions } from "./mentions.ts";

export interface RowActions {
  retry(ref: string): void;
  discard(ref: string): void;
  /** Shows the message that a reply answers. */
  point(messageId: string): void;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

/** Fills one row with its line. */
export function chatRow(
  row: HTMLElement,
  line: ChatLine,
  continues: boolean,
  me: string | null,
  actions: RowActions,
): void {
  row.dataset.state = line.state;
  row.dataset.role = line.author.role;
  if (line.message) row.dataset.messageId = line.message.id;
  row.classList.toggle("continues", continues);
  row.classList.toggle("names-me", me !== null && line.mentions.some(({ id }) => id === me));
  row.replaceChildren(
    ...[
      avatar(line.author),
      head(line),
      line.reply && quote(line.reply, actions),
      text(line, me),
      note(line, actions),
    ].filter((child) => child !== null),
  );
}

function head(line: ChatLine): HTMLElement {
  return element(
    "p",
    { class: "line-head" },
    element("span", { class: "line-author", "data-testid": "chat-author" }, line.author.name),
    roleMark(line.author.role),
    element("time", { class: "line-time", datetime: line.createdAt }, clock.format(new Date(line.createdAt))),
    line.pinned ? element("span", { class: "line-pinned" }, "Pinned") : null,
  );
}

function roleMark(role: Role): HTMLElement | null {
  if (role === "attendee") return null;
  const word = role === "admin" ? "Host" : role === "moderator" ? "Moderator" : "Speaker";
  return element("span", { class: "line-role" }, word);
}

function quote({ messageId, quoted }: NonNullable<ChatLine["reply"]>, { point }: RowActions): HTMLElement {
  if (!quoted)
    return element("p", { class: "line-quote" }, element("span", {}, "Answers an earlier message"));
  const button = element(
    "button",
    { type: "button", class: "line-quote", tabindex: -1, "data-testid": "chat-quote" },
    element("span", { class: "line-quote-name" }, quoted.name),
    " ",
    element("span", { dir: "auto" }, quoted.text),
  );
  button.addEventListener("click", () => point(messageId));
  return button;
}

function text(line: ChatLine, me: string | null): HTMLElement {
  const pieces = splitMentions(line.text, line.mentions).map(({ text: words, mention }) =>
    mention
      ? element("span", { class: mention.id === me ? "mention is-me" : "mention" }, words)
      : document.createTextNode(words),
  );
  // Struck out for its author alone: nobody can be said to read it.
  const testId = line.state === "removed" ? "chat-removed" : "chat-text";
  return element("p", { class: "line-text", "data-testid": testId, dir: "auto" }, ...pieces);
}

function note(line: ChatLine, { retry, discard }: RowActions): HTMLElement | null {
  switch (line.state) {
    case "held":
      return element("p", { class: "line-note", "data-testid": "chat-held" }, "Waiting for review");
    case "shadowed":
      return element("p", { class: "line-note" }, "Shadow-muted: only staff and its author see this");
    case "removed":
      return element("p", { class: "line-note" }, "Removed by a moderator");
    case "failed": {
      const again = element("button", { type: "button", class: "link" }, "Try again");
      const remove = element("button", { type: "button", class: "link" }, "Remove");
      again.addEventListener("click", () => retry(line.key));
      remove.addEventListener("click", () => discard(line.key));
      const why = `Not sent. ${line.failure ?? ""} `;
      return element("p", { class: "line-failure", role: "alert" }, why, again, " ", remove);
    }
    default:
      return null;
  }
}

export function avatar(person: { id: string; name: string }): HTMLElement {
  return element(
    "span",
    { class: "line-avatar", "aria-hidden": "true", "data-tint": tintOf(person.id) },
    [...person.name.trim()][0]?.toLocaleUpperCase() ?? "?",
  );
}

/** One of six tints, the same for a person everywhere. */
function tintOf(id: string): number {
  let sum = 0;
  for (let index = 0; index < id.length; index++) sum = (sum * 31 + id.charCodeAt(index)) % 6007;
  return sum % 6;
}
