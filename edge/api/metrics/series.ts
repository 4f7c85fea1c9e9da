/** Counters, gauges and histograms in Prometheus' text format 0.0.4. Pure; runs where Node's clients do not. */
export type Labels = Readonly<Record<string, string>>;

/** The value of every label must be of a small, closed set: each combination is a series that is kept for good. */
export class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #values = new Map<string, number>();

  /** By custom, `name` ends in `_total`. */
  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels, amount = 1): void {
    const series = seriesOf(labels);
    this.#values.set(series, (this.#values.get(series) ?? 0) + amount);
  }

  render(): string {
    return renderFamily(this.#name, this.#help, "counter", [...this.#values]);
  }
}

/** One family of values as they are now. */
export function renderGauge(
  name: string,
  help: string,
  values: readonly (readonly [Labels, number])[],
): string {
  const lines = values.map(([labels, value]) => [seriesOf(labels), value] as const);
  return renderFamily(name, help, "gauge", lines);
}

interface Distribution {
  /** How many fell under each bound, in their order. */
  counts: number[];
  count: number;
  sum: number;
}

export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #distributions = new Map<string, Distribution>();

  /** `bounds` are the upper ends of the buckets, rising; the last, without end, is added. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    const series = seriesOf(labels);
    const known = this.#distributions.get(series);
    const distribution = known ?? { counts: this.#bounds.map(() => 0), count: 0, sum: 0 };
    if (!known) this.#distributions.set(series, distribution);
    this.#bounds.forEach((bound, index) => {
      if (value <= bound) distribution.counts[index]! += 1;
    });
    distribution.count += 1;
    distribution.sum += value;
  }

  render(): string {
    const lines = [...this.#distributions].flatMap(([series, { counts, count, sum }]) => [
      ...this.#bounds.map((bound, index) =>
        line(`${this.#name}_bucket`, within(series, bound), counts[index]!),
      ),
      line(`${this.#name}_bucket`, within(series, Number.POSITIVE_INFINITY), count),
      line(`${this.#name}_sum`, series, sum),
      line(`${this.#name}_count`, series, count),
    ]);
    return `${header(this.#name, this.#help, "histogram")}${lines.join("")}`;
  }
}

function renderFamily(
  name: string,
  help: string,
  type: string,
  values: readonly (readonly [string, number])[],
) {
  return `${header(name, help, type)}${values.map(([series, value]) => line(name, series, value)).join("")}`;
}

function header(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, series: string, value: number): string {
  return `${name}${series === "" ? "" : `{${series}}`} ${value}\n`;
}

/** `method="GET",status="200"`; labels in their alphabet, so that the order they are given in makes no difference. */
function seriesOf(labels: Labels): string {
  return Object.entries(labels)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

function within(series: string, bound: number): string {
  const le = `le="${bound === Number.POSITIVE_INFINITY ? "+Inf" : bound}"`;
  return series === "" ? le : `${series},${le}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
