/** What a stream's ladder and the machine's encoding desk say to each other. */
import type { PricedPlan } from "../ladder/ladder-plan.ts";
import type { VideoEncoder } from "../ladder/video-encoders.ts";

/**
 * shed: one rung less, at once. grow: one more, when there is a keyframe. replan: others need the room; plan again
 * within what there is.
 */
export type LadderOrder = "shed" | "grow" | "replan";

export type PlanPrice = Pick<PricedPlan, "cost" | "leastCost" | "nextSparing">;

/** A look at a ladder that runs. */
export interface LadderLook {
  /** Of `performance.now`: a wall clock that jumps must neither hold anything up nor hurry it. */
  readonly atMs: number;
  readonly backlogSeconds: number;
  /** What encoders hold of this source before they give anything, in seconds. */
  readonly allowanceSeconds: number;
  /** What one rung more would cost; 0 when all are made, or there is no room for it. */
  readonly growth: number;
}

/** Of one broadcast. Costs are luma samples a second. */
export interface EncodingShare {
  /** Settles when the machine is measured. */
  readonly ready: Promise<void>;
  readonly encoder: VideoEncoder;
  /** What this stream's plan may cost, with what the others were promised. */
  readonly room: number;
  /** Whether there is room for so much, if every other stream were at its smallest. */
  fits(leastCost: number): boolean;
  /** What the stream's ladder costs from now on; others have to give way when that is more than there is. */
  promise(price: PlanPrice): void;
  /** About once a second while encoders run; answers true when this stream is behind and nothing can be shed. */
  look(look: LadderLook): boolean;
  /** The hardware encoder has failed again and again: libx264 from now on. */
  encoderFailed(): void;
  close(): void;
}

/** For a broadcast that has its machine to itself, as in tests. */
export const unlimitedShare: EncodingShare = {
  ready: Promise.resolve(),
  encoder: "libx264",
  room: Number.POSITIVE_INFINITY,
  fits: () => true,
  promise: () => {},
  look: () => false,
  encoderFailed: () => {},
  close: () => {},
};
