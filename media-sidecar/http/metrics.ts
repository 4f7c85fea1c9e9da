/** Counters and gauges in Prometheus' text format 0.0.4. */
export class Metrics {
  readonly #counters = new Map<string, Map<string, number>>();
  readonly #gauges = new Map<string, () => number>();

  /** `outcome` must be of a small, closed set: every new one is a series. */
  count(name: "publishes" | "playlists" | "parts" | "verdicts" | "redirects", outcome: string): void {
    const outcomes = this.#counters.get(name) ?? new Map<string, number>();
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    this.#counters.set(name, outcomes);
  }

  gauge(name: string, read: () => number): void {
    this.#gauges.set(name, read);
  }

  render(): string {
    const lines: string[] = [];
    for (const [name, outcomes] of this.#counters) {
      lines.push(`# TYPE rostrum_media_${name}_total counter`);
      for (const [outcome, value] of outcomes) {
        lines.push(`rostrum_media_${name}_total{outcome="${outcome}"} ${value}`);
      }
    }
    for (const [name, read] of this.#gauges) {
      lines.push(`# TYPE rostrum_media_${name} gauge`, `rostrum_media_${name} ${read()}`);
    }
    return `${lines.join("\n")}\n`;
  }
}
