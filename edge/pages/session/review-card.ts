import { element, setText } from "../shared/element.ts";
import type { Card } from "./keyed-list.ts";
import type { SessionContext } from "./session-context.ts";

export interface ReviewItem {
  kind: "message" | "question";
  id: string;
  name: string;
  text: string;
  createdAt: string;
}

/** Something that waits for a moderator. */
export class ReviewCard implements Card<ReviewItem> {
  readonly root: HTMLElement;
  #item: ReviewItem | null = null;
  #context: SessionContext;
  #who = element("p", { class: "review-who" });
  #text = element("p", { class: "review-text", dir: "auto", "data-testid": "review-text" });

  constructor(context: SessionContext) {
    this.#context = context;
    const approve = element(
      "button",
      { type: "button", class: "button primary small", "data-testid": "review-approve" },
      "Approve",
    );
    const refuse = element(
      "button",
      { type: "button", class: "button small", "data-testid": "review-refuse" },
      "Refuse",
    );
    approve.addEventListener("click", () => void this.#decide(true));
    refuse.addEventListener("click", () => void this.#decide(false));
    this.root = element(
      "article",
      { class: "review", "data-testid": "review-item" },
      this.#who,
      this.#text,
      element("div", { class: "form-actions" }, approve, refuse),
    );
  }

  show(item: ReviewItem): void {
    this.#item = item;
    setText(this.#who, item.kind === "message" ? `${item.name} wrote` : `${item.name} asks`);
    setText(this.#text, item.text);
  }

  async #decide(approve: boolean): Promise<void> {
    const item = this.#item;
    if (!item) return;
    const { calls } = this.#context;
    await this.#context.attempt(
      () =>
        item.kind === "message"
          ? calls.review(item.id, approve)
          : calls.changeQuestion(item.id, { status: approve ? "visible" : "archived" }),
      approve ? "Approved." : "Refused.",
    );
  }
}
