import { readFileSync } from "node:fs";
import * as v from "valibot";
import { expect, test } from "vitest";
import { metricNames } from "./test-metrics.ts";

const Place = v.object({ h: v.number(), w: v.number(), x: v.number(), y: v.number() });
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's variable, not ours
const Source = v.object({ type: v.literal("prometheus"), uid: v.literal("${datasource}") });
const Target = v.object({
  refId: v.pipe(v.string(), v.regex(/^[A-Z]$/)),
  datasource: Source,
  expr: v.pipe(v.string(), v.nonEmpty()),
  legendFormat: v.string(),
});
/** What Grafana's import takes of a dashboard (its JSON model, schema 39), and nothing that names an installation. */
const Dashboard = v.object({
  id: v.null(),
  uid: v.null(),
  title: v.literal("Rostrum"),
  schemaVersion: v.pipe(v.number(), v.minValue(36)),
  templating: v.object({
    list: v.tuple([
      v.looseObject({
        name: v.literal("datasource"),
        type: v.literal("datasource"),
        query: v.literal("prometheus"),
      }),
    ]),
  }),
  panels: v.array(
    v.variant("type", [
      v.object({ type: v.literal("row"), id: v.number(), title: v.string(), gridPos: Place }),
      v.object({
        type: v.picklist(["timeseries", "stat"]),
        id: v.number(),
        title: v.pipe(v.string(), v.nonEmpty()),
        datasource: Source,
        gridPos: Place,
        fieldConfig: v.object({
          defaults: v.looseObject({ unit: v.string() }),
          overrides: v.array(v.unknown()),
        }),
        targets: v.pipe(v.array(Target), v.minLength(1)),
      }),
    ]),
  ),
});
const text = readFileSync(new URL("grafana-dashboard.json", import.meta.url), "utf8");
const dashboard = v.parse(Dashboard, JSON.parse(text));

test("it is a dashboard that Grafana imports, against whichever Prometheus is chosen", () => {
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(text).not.toMatch(/localhost|127\.0\.0\.1|https?:/);
});

test("no panel stands on another or beyond the grid of 24", () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x},${y}`), `${title} at ${x},${y}`).toBe(false);
        taken.add(`${x},${y}`);
      }
  }
});

test("what an expression asks for is told from PromQL's own words", () => {
  const expression =
    'topk(8, histogram_quantile(0.95, sum by (le, route) (rate(a_seconds_bucket{route!~"/internal.*",x="sum_of"}[$__rate_interval])))) / (b_total + min(c)) > bool 2';
  expect(metricNames(expression)).toEqual(["a_seconds_bucket", "b_total", "c"]);
});
