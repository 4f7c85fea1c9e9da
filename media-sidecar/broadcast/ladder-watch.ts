/** Looks at a running ladder every second, and lets the machine's encoding desk know. */

import type { LatencyMode } from "../../edge/protocol/streams.ts";
import type { EncodingShare } from "../admission/encoding-share.ts";
import { type EncodingLoad, LadderLoad } from "./ladder-load.ts";
import type { LadderPlanner } from "./ladder-planner.ts";
import type { LadderRun } from "./ladder-run.ts";

export interface LadderWatchOptions {
  readonly share: EncodingShare;
  readonly planner: LadderPlanner;
  readonly latencyMode: LatencyMode;
  /** Null while none runs. */
  run(): LadderRun | null;
  /** The newest of the source on the broadcast's clock; null when there is none. */
  newestMs(): number | null;
  /** Too slow, with nothing left to shed on the whole machine; false when it has caught up. */
  onStuck(stuck: boolean): void;
}

const lookMs = 1000;
/** x264 looks ahead and reorders before it gives a frame; in the low-latency mode it does neither. */
const heldFrames = { standard: 24, low: 4 };
const usualFrameRate = 30;
const mostHeldSeconds = 5;

export class LadderWatch {
  readonly #options: LadderWatchOptions;
  readonly #load = new LadderLoad();
  readonly #timer: NodeJS.Timeout;
  #stuck = false;

  constructor(options: LadderWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(performance.now()), lookMs);
  }

  get load(): EncodingLoad {
    return this.#load.load;
  }

  /** Source was skipped because nothing else helped. */
  hasSkipped(): void {
    this.#tell(true);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(atMs: number): void {
    const { share, planner, latencyMode, run: present, newestMs } = this.#options;
    const run = present();
    this.#load.look(atMs, run && progressOf(run, newestMs()));
    if (run === null || !run.underWay) return;
    const { slots, plan, epoch } = run;
    const frameRate = Math.max(1, planner.source(epoch).frameRate ?? usualFrameRate);
    const stuck = share.look({
      atMs,
      backlogSeconds: this.#load.load.backlogSeconds,
      allowanceSeconds: Math.min(mostHeldSeconds, heldFrames[latencyMode] / frameRate),
      growth: planner.growth(plan, epoch, slots),
    });
    if (stuck) this.#tell(true);
    // Not at the first good look: a backlog goes up and down.
    else if (this.#load.load.backlogSeconds < 1) this.#tell(false);
  }

  #tell(stuck: boolean): void {
    if (this.#stuck === stuck) return;
    this.#stuck = stuck;
    this.#options.onStuck(stuck);
  }
}

function progressOf({ id, plan, beganMs, madeToMs }: LadderRun, newestMs: number | null) {
  const encodes = plan.rungs.some((rung) => !rung.copied);
  return { run: id, encodes, beganMs, madeToMs, newestMs: newestMs ?? beganMs };
}
