import type { Stream } from "../../protocol/streams.ts";
import { confirmed, openDialog } from "../shared/dialog.ts";
import { element, required } from "../shared/element.ts";
import { copyField } from "./copy-field.ts";
import { keyWords } from "./key-words.ts";
import type { DeskActions } from "./stream-desk.ts";

/** Where the encoder publishes. The key is not known any more; an admin makes another. */
export class EncoderCard {
  #actions: DeskActions;
  #isAdmin: boolean;
  #place = required<HTMLElement>("#encoder");
  #drawn = "";

  constructor(actions: DeskActions, isAdmin: boolean) {
    this.#actions = actions;
    this.#isAdmin = isAdmin;
  }

  show({ ingestUrl = "", latencyMode }: Stream): void {
    const key = `${ingestUrl} ${latencyMode}`;
    if (key === this.#drawn) return;
    this.#drawn = key;
    const renew = element(
      "button",
      { type: "button", class: "button small", "data-testid": "regenerate-key" },
      "New key",
    );
    renew.addEventListener("click", () => void this.#renew());
    this.#place.replaceChildren(
      copyField("Server", ingestUrl, "ingest-url"),
      element(
        "div",
        { class: "copy-field" },
        element("span", { class: "field-label" }, "Stream key"),
        element("span", { class: "copy-value is-hidden" }, "Not shown again"),
        this.#isAdmin ? renew : null,
      ),
      element(
        "p",
        { class: "studio-note" },
        `H.264 and AAC, keyframes every ${latencyMode === "low" ? "1 s" : "2 s"}, constant bitrate.`,
      ),
    );
  }

  async #renew(): Promise<void> {
    const words = "The old key stops working at once, and whoever publishes with it is cut.";
    if (!(await confirmed("Make a new key?", words, "Make a new key"))) return;
    await this.#actions.attempt(async () => {
      openDialog("Your new stream key", ...keyWords(await this.#actions.calls.regenerateKey()));
    });
  }
}
