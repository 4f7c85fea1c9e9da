import { element, required } from "../shared/element.ts";
import { reactionArt } from "./reaction-art.ts";
import { floatsFor, mayReact, offeredReactions, topReactions } from "./reaction-plan.ts";
import type { SessionContext } from "./session-context.ts";

const names: Record<string, string> = {
  "👍": "Thumbs up",
  "❤️": "Heart",
  "😄": "Laughing",
  "😮": "Amazed",
  "🔥": "Fire",
  "🎉": "Party",
};

/** A row of reactions, and what floats up over the stage when people press them. */
export class Reactions {
  #context: SessionContext;
  #row = required<HTMLElement>("#reactions");
  #air = required<HTMLElement>("#reaction-air");
  #tally = required<HTMLElement>("#reaction-tally");
  #pressedAt: number[] = [];
  /** Shown when they were pressed, and not yet counted in a burst. */
  #own = new Map<string, number>();
  #clearing: ReturnType<typeof setTimeout> | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    for (const emoji of offeredReactions) {
      const button = element("button", {
        type: "button",
        class: "reaction",
        "aria-label": names[emoji],
        title: names[emoji],
        "data-testid": `react-${emoji}`,
      });
      button.append(reactionArt(emoji));
      button.addEventListener("click", () => void this.#press(emoji));
      this.#row.append(button);
    }
    context.room.on("reaction:burst", ({ data }) => this.#burst(data.reactions));
  }

  show(): void {
    this.#row.hidden = !this.#context.mayTakePart;
  }

  async #press(emoji: string): Promise<void> {
    const now = performance.now();
    if (!mayReact(this.#pressedAt, now)) return;
    this.#pressedAt = [...this.#pressedAt.slice(-5), now];
    this.#own.set(emoji, (this.#own.get(emoji) ?? 0) + 1);
    this.#float(emoji, 0.2 + Math.random() * 0.6);
    await this.#context.attempt(async () => {
      await this.#context.takePart();
      await this.#context.room.react(emoji);
    });
  }

  #burst(reactions: Record<string, number>): void {
    for (const { emoji, delayMs, place } of floatsFor(reactions, this.#own, Math.random))
      setTimeout(() => this.#float(emoji, place), delayMs);
    for (const [emoji, count] of this.#own)
      this.#own.set(emoji, Math.max(0, count - (reactions[emoji] ?? 0)));
    // In place of what floats for who wants nothing to move; shown by the style sheet.
    this.#tally.replaceChildren(
      ...topReactions(reactions).flatMap(([emoji, count]) => [reactionArt(emoji), String(count)]),
    );
    clearTimeout(this.#clearing);
    this.#clearing = setTimeout(() => this.#tally.replaceChildren(), 3_000);
  }

  #float(emoji: string, place: number): void {
    // A hidden page ends no animations, so they would pile up.
    if (document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const float = element("span", { class: "reaction-float", "data-testid": "reaction-float" });
    float.append(reactionArt(emoji));
    float.style.left = `${4 + place * 88}%`;
    float.style.setProperty("--sway", `${Math.round((Math.random() - 0.5) * 60)}px`);
    float.addEventListener("animationend", () => float.remove());
    this.#air.append(float);
  }
}
