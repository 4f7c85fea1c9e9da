import type { Log } from "../../edge/protocol/log.ts";
import type { LatencyMode } from "../../edge/protocol/streams.ts";
import type { EncodingShare } from "../admission/encoding-share.ts";
import type { LadderStep, PricedPlan } from "../ladder/ladder-plan.ts";
import type { SegmentPace } from "../packager/segment-cuts.ts";
import type { PartGroup, SegmentGroup } from "../packager/segment-groups.ts";
import type { SegmentPublisher } from "../packager/segment-publisher.ts";
import type { LadderRun } from "./ladder-run.ts";
import type { SourceBuffer } from "./source-buffer.ts";
import type { SourceEpoch } from "./source-epoch.ts";

export interface LadderRunnerOptions {
  readonly ffmpegPath: string;
  readonly pace: SegmentPace;
  readonly latencyMode: LatencyMode;
  readonly ladder: readonly LadderStep[];
  readonly buffer: SourceBuffer;
  readonly publisher: SegmentPublisher;
  /** Its orders are for `order`. */
  readonly share: EncodingShare;
  readonly log: Log;
  /** Every rung of the run has sent its header. */
  onHeaders(run: LadderRun): void;
  onParts(run: LadderRun, parts: readonly PartGroup[]): void;
  onGroup(run: LadderRun, group: SegmentGroup, parts: readonly PartGroup[]): void;
  /** A run began: what it makes, and leaves out, is new. */
  onPlan(plan: PricedPlan): void;
  onKeyframesTooFar(epoch: SourceEpoch): void;
  /** The machine is too slow even for the smallest ladder; false when it keeps up after all. */
  onStuck(stuck: boolean): void;
  /** A new broadcast that has to be encoded does not fit on this machine: the runner has stopped. */
  onNoRoom(leastCost: number): void;
  /** Runs end again and again without a segment; false when one was made after all. */
  onFailing(failing: boolean): void;
  /** Of the source, counted or announced. */
  frameRate(): number | null;
}
