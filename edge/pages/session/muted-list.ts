import type { Mute } from "../../protocol/chat.ts";
import { element } from "../shared/element.ts";
import { describeSeconds } from "../shared/problem-words.ts";
import type { SessionContext } from "./session-context.ts";

/** Who is muted, for how long, and a way to let them speak. */
export class MutedList {
  #context: SessionContext;
  #list: HTMLElement;

  constructor(context: SessionContext, list: HTMLElement) {
    this.#context = context;
    this.#list = list;
  }

  async load(): Promise<void> {
    await this.#context.attempt(async () => {
      const mutes = await this.#context.calls.mutes();
      this.#list.replaceChildren(...mutes.map((mute) => this.#row(mute)));
      if (mutes.length === 0) this.#list.append(element("li", { class: "staff-note" }, "Nobody is muted."));
    });
  }

  #row({ userId, name, until, shadow }: Mute): HTMLElement {
    const left = until === null ? "" : `${describeSeconds((Date.parse(until) - Date.now()) / 1000)} left`;
    const lift = element(
      "button",
      { type: "button", class: "button small", "data-testid": "unmute-person" },
      "Unmute",
    );
    lift.addEventListener("click", async () => {
      const done = () => this.#context.calls.unmute(userId);
      if (await this.#context.attempt(done, `${name} may write again.`)) await this.load();
    });
    return element(
      "li",
      { class: "person", "data-testid": "muted-person" },
      element("span", { class: "person-name" }, name),
      element("span", { class: "staff-note" }, shadow ? `shadow, ${left}` : left),
      lift,
    );
  }
}
