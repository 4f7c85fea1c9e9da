import type { StreamSample } from "../../protocol/stream-health.ts";
import { bitrateWords } from "../shared/amounts.ts";
import { ApiError } from "../shared/api-client.ts";
import { required } from "../shared/element.ts";
import { HistoryChart } from "./history-chart.ts";
import type { StreamCalls } from "./studio-calls.ts";

/** Bitrate, frame rate and viewers over the last minutes or hours. */
export class HistoryCharts {
  #calls: StreamCalls;
  #charts = [
    new HistoryChart({
      title: "Bitrate",
      value: ({ bitrateKbps }: StreamSample) => bitrateKbps,
      words: bitrateWords,
      leastTop: 100,
    }),
    new HistoryChart({
      title: "Frames a second",
      value: ({ frameRate }: StreamSample) => frameRate,
      words: (rate) => String(Math.round(rate * 10) / 10),
      leastTop: 10,
    }),
    new HistoryChart({
      title: "Viewers",
      value: ({ viewers }: StreamSample) => viewers,
      words: (count) => String(Math.round(count)),
      leastTop: 4,
    }),
  ];
  #spanSeconds = 900;
  #lastSampleAt: string | null | undefined;
  /** Grows with every reading, so that a slow answer does not overwrite a newer one. */
  #reading = 0;

  constructor(calls: StreamCalls) {
    this.#calls = calls;
    required("#charts").append(...this.#charts.map(({ root }) => root));
    required("#history-span").addEventListener("change", (event) => {
      this.#spanSeconds = Number((event.target as HTMLInputElement).value);
      void this.#read();
    });
  }

  /** Reads anew only when there is something new to read. */
  sampleSeen(at: string | null): void {
    if (at === this.#lastSampleAt) return;
    this.#lastSampleAt = at;
    void this.#read();
  }

  async #read(): Promise<void> {
    const reading = ++this.#reading;
    const to = Date.now();
    const from = to - this.#spanSeconds * 1000;
    try {
      const { samples } = await this.#calls.analytics(new Date(from));
      if (reading !== this.#reading) return;
      for (const chart of this.#charts) chart.show(samples, from, to);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The next sample has it read again.
      this.#lastSampleAt = undefined;
    }
  }
}
