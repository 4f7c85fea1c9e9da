import * as v from "valibot";
import { Mute } from "../../protocol/chat.ts";
import type { LogEvent } from "../../protocol/internal-rooms.ts";

/** Who may not be heard in a session now, openly or without their knowing. */
export class Silenced {
  readonly #until = new Map<string, number>();

  has(userId: string, now: number): boolean {
    return (this.#until.get(userId) ?? 0) > now;
  }

  /** `until`: an instant, null for nobody who is. */
  set(userId: string, until: string | null): void {
    if (until === null) this.#until.delete(userId);
    else this.#until.set(userId, Date.parse(until));
  }

  see(event: Pick<LogEvent, "type" | "data">): void {
    if (event.type !== "chat:muted") return;
    const mute = v.safeParse(Mute, event.data);
    if (mute.success) this.set(mute.output.userId, mute.output.until);
  }

  forgetOver(now: number): void {
    for (const [userId, until] of this.#until) if (until <= now) this.#until.delete(userId);
  }
}
