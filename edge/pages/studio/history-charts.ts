import type { StreamSample } from "../../protocol/stream-health.ts";
import { bitrateWords } from "../shared/amounts.ts";
import { ApiError } from "../shared/api-client.ts";
import { Chart } from "../shared/charts/chart.ts";
import { required } from "../shared/element.ts";
import type { StreamCalls } from "./studio-calls.ts";

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

function history(title: string, leastTop: number, words: (value: number) => string): Chart {
  return new Chart({ title, name: title, leastTop, words, atWords: (at) => clock.format(at) });
}

/** Bitrate, frame rate and viewers over the last minutes or hours. */
export class HistoryCharts {
  #calls: StreamCalls;
  #charts: [Chart, (sample: StreamSample) => number][] = [
    [history("Bitrate", 100, bitrateWords), ({ bitrateKbps }) => bitrateKbps],
    [
      history("Frames a second", 10, (rate) => String(Math.round(rate * 10) / 10)),
      ({ frameRate }) => frameRate,
    ],
    [history("Viewers", 4, (count) => String(Math.round(count))), ({ viewers }) => viewers],
  ];
  #spanSeconds = 900;
  #lastSampleAt: string | null | undefined;
  /** Grows with every reading, so that a slow answer does not overwrite a newer one. */
  #reading = 0;

  constructor(calls: StreamCalls) {
    this.#calls = calls;
    required("#charts").append(...this.#charts.map(([{ root }]) => root));
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
      for (const [chart, value] of this.#charts) {
        const points = samples.map((sample) => ({ at: Date.parse(sample.at), value: value(sample) }));
        chart.show(points, from, to);
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The next sample has it read again.
      this.#lastSampleAt = undefined;
    }
  }
}
