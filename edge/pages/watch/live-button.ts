import { element, setText } from "../shared/element.ts";
import { isBehind } from "./live-edge.ts";
import type { Player } from "./player.ts";

/** Says that one watches live, or leads back to it. */
export class LiveButton {
  readonly root = element("button", { type: "button", class: "control go-live", "data-testid": "go-live" });
  #player: Player;

  constructor(player: Player) {
    this.#player = player;
    this.root.addEventListener("click", () => player.goToLive());
  }

  show(): void {
    const { state, behindSeconds, latencyMode } = this.#player;
    const behind = state === "paused" || isBehind(behindSeconds, latencyMode);
    setText(this.root, behind ? "Go to live" : "Live");
    this.root.classList.toggle("is-behind", behind);
    this.root.disabled = !behind;
  }
}
