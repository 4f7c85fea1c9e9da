/** Looks at every stream of this machine every few seconds, and tells the edge what it saw. */
import { describeError, type Log } from "../../edge/protocol/log.ts";
import { Bell } from "../edge-client/bell.ts";
import { type EdgeClient, EdgeRefusal, edgeTrouble } from "../edge-client/edge-client.ts";
import { backoffSeconds, isWorthALine, pause } from "../edge-client/repeat.ts";
import { type SampledStream, SampleQueue } from "./sample-queue.ts";
import type { MachineLook } from "./stream-health.ts";

/** A stream, in so far as its health is concerned. */
export interface ObservedStream {
  readonly stream: { readonly streamId: string; readonly playbackId: string };
  readonly broadcastId: string;
  /** Null while there is nothing to see yet. */
  look(machine: MachineLook): Omit<SampledStream, "streamId" | "broadcastId"> | null;
}

export interface HealthDeskSettings {
  readonly edge: EdgeClient;
  readonly log: Log;
  readonly everySeconds: number;
  running(): readonly ObservedStream[];
  /** Viewers of a stream here, as of the last seconds. */
  viewers(playbackId: string): number;
  disk(): MachineLook["disk"];
}

/** A look rings sooner. */
const sendAtLeastEverySeconds = 60;

export class HealthDesk {
  readonly #settings: HealthDeskSettings;
  readonly #queue = new SampleQueue();
  readonly #bell = new Bell();

  constructor(settings: HealthDeskSettings) {
    this.#settings = settings;
  }

  /** Samples that the edge has not taken yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Until `cancel` fires. Never rejects. */
  async run(cancel: AbortSignal): Promise<void> {
    await Promise.all([this.#lookOften(cancel), this.#send(cancel)]);
  }

  async #lookOften(cancel: AbortSignal): Promise<void> {
    while (!cancel.aborted) {
      await pause(this.#settings.everySeconds, cancel);
      if (cancel.aborted) return;
      try {
        this.#look();
      } catch (error) {
        this.#settings.log.error("health.look-failed", { error: describeError(error) });
      }
    }
  }

  #look(): void {
    const { running, viewers, everySeconds } = this.#settings;
    const disk = this.#settings.disk();
    for (const observed of running()) {
      const { broadcastId, stream } = observed;
      const seen = observed.look({ everySeconds, viewers: viewers(stream.playbackId), disk });
      if (seen === null) continue;
      const { samples, ...about } = seen;
      for (const sample of samples)
        this.#queue.add({ streamId: stream.streamId, broadcastId, ...about }, sample);
    }
    if (this.#queue.length > 0) this.#bell.ring();
  }

  async #send(cancel: AbortSignal): Promise<void> {
    let failures = 0;
    while (!cancel.aborted) {
      if (this.#queue.length === 0) await this.#bell.wait(sendAtLeastEverySeconds, cancel);
      // One that the edge does not understand must not hold up the others for ever.
      const streams = failures === 0 ? this.#queue.next() : this.#queue.next().slice(0, 1);
      if (streams.length === 0) continue;
      try {
        await this.#settings.edge.samples(streams);
        this.#queue.delivered(streams);
        failures = 0;
      } catch (error) {
        failures++;
        if (isWorthALine(failures))
          this.#settings.log.warn("samples.failed", { failures, error: edgeTrouble(error) });
        if (error instanceof EdgeRefusal && streams.length === 1) this.#queue.delivered(streams);
        await pause(backoffSeconds(failures, 1), cancel);
      }
    }
  }
}
