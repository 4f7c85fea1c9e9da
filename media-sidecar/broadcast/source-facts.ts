/** What is known of what a publisher sends, out of what its encoder says and what is measured. */
import type { StreamSource } from "../../edge/protocol/streams.ts";
import { keyframeAdvice } from "../health/keyframe-advice.ts";
import type { SourceInterval } from "../health/source-observer.ts";
import { planFrameRate, settleFrameRate } from "../ingest/frame-rate.ts";
import type { SegmentPace } from "../packager/segment-cuts.ts";
import { describeSource } from "./broadcast-description.ts";
import type { SourceIntake } from "./source-intake.ts";

export class SourceFacts {
  readonly #intake: Pick<SourceIntake, "meter" | "reader" | "observer">;
  /** What the last publisher sent stays known while the next is awaited. */
  #lastSource: StreamSource | null = null;

  constructor(intake: Pick<SourceIntake, "meter" | "reader" | "observer">) {
    this.#intake = intake;
  }

  source(): StreamSource | null {
    const { reader, meter } = this.#intake;
    if (reader.video !== null || reader.audio !== null)
      this.#lastSource = describeSource(reader.video, reader.audio, meter.figures(), this.frameRate());
    return this.#lastSource;
  }

  /** Frames a second; null while not known. */
  frameRate(): number | null {
    return this.#decideFrameRate(settleFrameRate);
  }

  /** The one to plan for. */
  plannedFrameRate(): number | null {
    return this.#decideFrameRate(planFrameRate);
  }

  /** What came since this was asked last; null while nothing ever did. */
  takeInterval(): SourceInterval | null {
    return this.#intake.observer.take(performance.now(), this.plannedFrameRate());
  }

  get announcedKbps(): number | null {
    return this.#intake.reader.hints.videoKbps;
  }

  /** What to do about keyframes that are too far apart, in words for whoever publishes. */
  keyframeAdvice(pace: SegmentPace): string {
    return keyframeAdvice(this.#intake.meter.figures().keyframeIntervalSeconds, pace);
  }

  #decideFrameRate(decide: typeof settleFrameRate): number | null {
    const { meter, reader } = this.#intake;
    const coded = reader.video?.parameters.frameRate ?? null;
    return decide(meter.figures().frameRate, coded, reader.hints.frameRate);
  }
}
