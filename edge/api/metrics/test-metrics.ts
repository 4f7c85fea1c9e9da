/** Reading what Prometheus reads (text format 0.0.4), for tests. */
import { readFileSync } from "node:fs";

/** The value of one series, labels in their alphabet; NaN where there is none. */
export function figureIn(text: string, series: string): number {
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}

export interface MetricFamily {
  type: string;
  labels: Set<string>;
}

/** Every name that can be asked for, with its type and labels: a histogram by its `_bucket`, `_sum` and `_count` too. */
export function familiesIn(text: string): Map<string, MetricFamily> {
  const families = new Map<string, MetricFamily>();
  for (const [, name = "", type = ""] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const names = type === "histogram" ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    for (const each of names) families.set(each, { type, labels: new Set() });
  }
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/gm))
    for (const [, label = ""] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g))
      families.get(name)?.labels.add(label);
  return families;
}

/** What the panels of Grafana's dashboard ask for, in PromQL. */
export function dashboardExpressions(): string[] {
  const text = readFileSync(new URL("grafana-dashboard.json", import.meta.url), "utf8");
  const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] };
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** The metrics that a PromQL expression asks for: the words that are no function, no clause and no label. */
export function metricNames(expression: string): string[] {
  const bare = expression
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, "")
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, "");
  const words = bare.match(/[a-zA-Z_:][\w:]*(?!\w)(?!\s*\()/g) ?? [];
  return [...new Set(words.filter((word) => !promqlWords.has(word)))];
}

const promqlWords = new Set(["and", "or", "unless", "bool", "offset", "sum", "min", "max", "avg", "count"]);
