/** What the sidecar counts and measures, for Prometheus (text format 0.0.4). */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";

type Outcomes = "publishes" | "playlists" | "parts" | "verdicts" | "redirects";

const counted: Record<Outcomes, string> = {
  publishes: "Encoders that asked to publish, by what they were answered.",
  playlists: "Playlists asked of the sidecar; nginx keeps the others.",
  parts: "Hinted parts that were waited for.",
  verdicts: "Whether somebody may watch; nginx remembers each for ten seconds.",
  redirects: "Playback addresses asked for with a stream key.",
};
/** The usual ten milliseconds wake an idle process a hundred times a second. */
const eventLoopMonitoringPrecision = 50;

/** What is measured is read when Prometheus asks, and not before. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counters: Record<Outcomes, Counter<"outcome">>;

  constructor() {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision });
    const counter = (name: Outcomes) =>
      new Counter({
        name: `rostrum_media_${name}_total`,
        help: counted[name],
        labelNames: ["outcome"],
        registers: [this.#registry],
      });
    this.#counters = {
      publishes: counter("publishes"),
      playlists: counter("playlists"),
      parts: counter("parts"),
      verdicts: counter("verdicts"),
      redirects: counter("redirects"),
    };
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** `outcome` must be of a small, closed set: every new one is a series. */
  count(name: Outcomes, outcome: string): void {
    this.#counters[name].inc({ outcome });
  }

  /** `read` answers null where there is nothing to measure now. */
  gauge(name: string, help: string, read: () => number | null): void {
    const gauge = this.#gauge(name, help, [], () => {
      const value = read();
      if (value !== null) gauge.set(value);
    });
  }

  /** A series for each that `read` names now; those that it names no more are gone. */
  gauges(name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>): void {
    const gauge = this.#gauge(name, help, [label], () => {
      for (const [each, value] of read()) gauge.set({ [label]: each }, value);
    });
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  #gauge(name: string, help: string, labelNames: string[], collect: () => void): Gauge {
    const gauge: Gauge = new Gauge({
      name: `rostrum_media_${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        gauge.reset();
        // Else a gauge without labels says zero where nothing was measured.
        if (labelNames.length === 0) gauge.remove();
        collect();
      },
    });
    return gauge;
  }
}
