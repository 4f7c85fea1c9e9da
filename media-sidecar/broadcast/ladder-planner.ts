/** Plans ladders for a broadcast's sources, within what the machine gives it. */
import type { EncodingShare } from "../admission/encoding-share.ts";
import { type LadderSource, type PricedPlan, planRungs, type Slot } from "../ladder/ladder-plan.ts";
import type { SourceEpoch } from "./source-epoch.ts";

export class LadderPlanner {
  readonly #share: EncodingShare;
  readonly #frameRate: () => number | null;
  #shedRungs = 0;

  /** `frameRate`: of the source, counted or announced. */
  constructor(share: EncodingShare, frameRate: () => number | null) {
    this.#share = share;
    this.#frameRate = frameRate;
  }

  source(epoch: SourceEpoch): LadderSource {
    const { video, blank, audio, videoKbps } = epoch;
    const counted = blank ? null : this.#frameRate();
    return { video, blank, audio, frameRate: counted ?? epoch.frameRate, videoKbps };
  }

  plan(epoch: SourceEpoch, slots: readonly Slot[]): PricedPlan {
    return this.#plan(epoch, slots, this.#shedRungs);
  }

  /** What the next larger plan would cost more; 0 where there is none, or no room for it. */
  growth(running: PricedPlan, epoch: SourceEpoch, slots: readonly Slot[]): number {
    if (running.leftOut.length === 0) return 0;
    const larger = this.#plan(epoch, slots, Math.max(0, this.#shedRungs - 1));
    return larger.rungs.length > running.rungs.length ? larger.cost - running.cost : 0;
  }

  /** The machine is too slow for one of the rungs of `running`. */
  shedOne(running: PricedPlan): void {
    // Those without room are among the dearest, so that the count has to go beyond them.
    this.#shedRungs = running.leftOut.length + (running.nextSparing > 0 ? 1 : 0);
  }

  bringBackOne(): void {
    this.#shedRungs = Math.max(0, this.#shedRungs - 1);
  }

  #plan(epoch: SourceEpoch, slots: readonly Slot[], shedRungs: number): PricedPlan {
    return planRungs(slots, this.source(epoch), {
      copyAllowed: !epoch.copyRefused,
      shedRungs,
      budget: this.#share.room,
    });
  }
}
