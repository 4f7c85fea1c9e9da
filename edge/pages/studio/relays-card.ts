import type { Relay } from "../../protocol/relays.ts";
import { type Card, KeyedList } from "../session/keyed-list.ts";
import { confirmed } from "../shared/dialog.ts";
import { element, required, setText } from "../shared/element.ts";
import { switchField } from "../shared/switch-field.ts";
import { openRelayForm } from "./relay-form.ts";
import { relayWords } from "./relay-words.ts";
import type { DeskActions } from "./stream-desk.ts";

/** Where else the stream goes. */
export class RelaysCard {
  #rows: KeyedList<Relay>;

  constructor(actions: DeskActions) {
    this.#rows = new KeyedList(required("#relays"), () => new RelayRow(actions));
    required("#add-relay").addEventListener("click", () => void openRelayForm(actions, null));
  }

  show(relays: Relay[]): void {
    required<HTMLElement>("#relays-empty").hidden = relays.length > 0;
    this.#rows.show(relays.map((relay) => [relay.id, relay] as const));
  }
}

class RelayRow implements Card<Relay> {
  readonly root: HTMLElement;
  #actions: DeskActions;
  #relay: Relay | null = null;
  #name = element("span", { class: "relay-name" });
  #state = element("span", { class: "badge", role: "status", "data-testid": "relay-state" });
  #url = element("p", { class: "relay-url" });
  #detail = element("p", { class: "relay-detail", "data-testid": "relay-detail" });
  #enabled = switchField("On", { "data-testid": "relay-enabled" });

  constructor(actions: DeskActions) {
    this.#actions = actions;
    const edit = element("button", { type: "button", class: "button small" }, "Change");
    const remove = element("button", { type: "button", class: "button small is-grave" }, "Delete");
    edit.addEventListener("click", () => void openRelayForm(actions, this.#relay));
    remove.addEventListener("click", () => void this.#delete());
    this.#enabled.input.addEventListener("change", () => void this.#switch());
    this.root = element(
      "article",
      { class: "relay", "data-testid": "relay" },
      element("p", { class: "relay-head" }, this.#name, this.#state),
      this.#url,
      this.#detail,
      element("div", { class: "relay-actions" }, this.#enabled.row, edit, remove),
    );
  }

  show(relay: Relay): void {
    this.#relay = relay;
    const { word, tone, detail } = relayWords(relay);
    setText(this.#name, relay.name);
    setText(this.#state, word);
    this.#state.dataset.tone = tone;
    setText(this.#url, relay.url);
    setText(this.#detail, detail);
    this.#detail.dataset.tone = tone;
    this.#enabled.input.checked = relay.enabled;
    this.#enabled.input.setAttribute("aria-label", `Relay to ${relay.name}`);
  }

  async #switch(): Promise<void> {
    const { id } = this.#relay!;
    const enabled = this.#enabled.input.checked;
    const isDone = await this.#actions.attempt(() => this.#actions.calls.updateRelay(id, { enabled }));
    if (!isDone) this.#enabled.input.checked = !enabled;
  }

  async #delete(): Promise<void> {
    const { id, name } = this.#relay!;
    const words = "What it sends ends within seconds. Its key is forgotten.";
    if (await confirmed(`Delete the relay to ${name}?`, words, "Delete the relay"))
      await this.#actions.attempt(() => this.#actions.calls.deleteRelay(id), "The relay is gone.");
  }
}
