import type { StreamStats } from "../../protocol/stream-health.ts";
import { element, required, setText } from "../shared/element.ts";
import { healthView } from "./health-view.ts";

/** What the encoder sends, what is made of it, and what to mend, in words. */
export class HealthCard {
  #verdict = required<HTMLElement>("#verdict");
  #warnings = required<HTMLElement>("#warnings");
  #facts = required<HTMLElement>("#health-facts");
  #drawn = "";

  show(stats: StreamStats, lastError: string | null): void {
    const view = healthView(stats, lastError);
    setText(this.#verdict, view.verdict);
    this.#verdict.dataset.tone = view.tone;
    const key = JSON.stringify([view.warnings, view.facts]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#warnings.replaceChildren(
      ...view.warnings.map(({ code, detail }) =>
        element("li", { class: "warning", "data-code": code }, detail),
      ),
    );
    this.#facts.replaceChildren(
      ...view.facts.map(([label, value]) =>
        element("div", { class: "health-fact" }, element("dt", {}, label), element("dd", {}, value)),
      ),
    );
  }
}
