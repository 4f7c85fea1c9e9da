/** Plans ladders for a broadcast's sources, within what the machine gives it. */
import type { LatencyMode } from "../../edge/protocol/streams.ts";
import type { EncodingShare, LadderOrder } from "../admission/encoding-share.ts";
import {
  type LadderSource,
  type PricedPlan,
  planRungs,
  type Rung,
  type Slot,
} from "../ladder/ladder-plan.ts";
import type { SourceEpoch } from "./source-epoch.ts";

export interface PlannerOptions {
  readonly share: Pick<EncodingShare, "room">;
  readonly latencyMode: LatencyMode;
  /** Of the source, counted or announced. */
  frameRate(): number | null;
}

/** Another plan, and when to begin with it. */
export interface LadderChange {
  readonly when: "now" | "keyframe";
  readonly rungs: readonly Rung[];
}

export class LadderPlanner {
  readonly #options: PlannerOptions;
  #shedRungs = 0;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  source(epoch: SourceEpoch): LadderSource {
    const { video, blank, audio, videoKbps } = epoch;
    const counted = blank ? null : this.#options.frameRate();
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

  /** Null where another plan would be the same. */
  change(
    order: LadderOrder,
    running: PricedPlan,
    epoch: SourceEpoch,
    slots: readonly Slot[],
  ): LadderChange | null {
    const { rungs } = this.plan(epoch, slots);
    if (rungs.length === running.rungs.length) return null;
    const copies = running.rungs.some((rung) => rung.copied);
    // What is in the making is made again from its keyframe, which a smaller ladder does faster. But a copy that begins
    // anew in the middle of what low-latency players have would lose the rest of it: that can wait for a second.
    const waits = order === "grow" || (copies && this.#options.latencyMode === "low");
    return { when: waits ? "keyframe" : "now", rungs };
  }

  bringBackOne(): void {
    this.#shedRungs = Math.max(0, this.#shedRungs - 1);
  }

  #plan(epoch: SourceEpoch, slots: readonly Slot[], shedRungs: number): PricedPlan {
    return planRungs(slots, this.source(epoch), {
      copyAllowed: !epoch.copyRefused,
      shedRungs,
      budget: this.#options.share.room,
    });
  }
}
