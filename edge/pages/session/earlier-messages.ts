import { addedView } from "../../client/session-view.ts";
import type { SessionContext } from "./session-context.ts";

/** A button over the oldest line that fetches those before it; for members, as reading back is theirs alone. */
export class EarlierMessages {
  #context: SessionContext;
  #button: HTMLButtonElement;
  #scroll: HTMLElement;
  #reachedStart = false;

  constructor(context: SessionContext, button: HTMLButtonElement, scroll: HTMLElement) {
    this.#context = context;
    this.#button = button;
    this.#scroll = scroll;
    button.addEventListener("click", () => void this.#load());
    context.room.on("joined", ({ snapshot }) => {
      if (snapshot) this.#reachedStart = snapshot.messages.length < 50;
    });
    scroll.addEventListener("scroll", () => this.show());
  }

  show(): void {
    const { standing, view } = this.#context;
    const mayRead = standing.member || standing.team;
    const isAtTop = this.#scroll.scrollTop < 40;
    this.#button.hidden = this.#reachedStart || !mayRead || !isAtTop || view.messages.length === 0;
  }

  async #load(): Promise<void> {
    const oldest = this.#context.view.messages[0]?.seq;
    if (oldest === undefined) return;
    this.#button.disabled = true;
    await this.#context.attempt(async () => {
      const messages = await this.#context.calls.earlierMessages(oldest);
      this.#reachedStart = messages.length === 0;
      const fromEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop;
      this.#context.followed.update((view) => addedView(view, { messages }));
      // What was being read stays where it was, once the new lines are drawn.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          this.#scroll.scrollTop = this.#scroll.scrollHeight - fromEnd;
          this.show();
        }),
      );
    });
    this.#button.disabled = false;
  }
}
