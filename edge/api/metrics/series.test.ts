import { expect, test } from "vitest";
import { Counter, Histogram, renderGauge } from "./series.ts";

test("a counter grows by its labels, whatever order they are given in", () => {
  const counter = new Counter("asked_total", "How often.");
  counter.add({ method: "GET", status: "200" });
  counter.add({ status: "200", method: "GET" }, 2);
  counter.add({ method: "PUT", status: "404" });
  expect(counter.render()).toBe(
    '# HELP asked_total How often.\n# TYPE asked_total counter\nasked_total{method="GET",status="200"} 3\nasked_total{method="PUT",status="404"} 1\n',
  );
});

test("a histogram's buckets hold all that is not above their bound", () => {
  const histogram = new Histogram("took_seconds", "How long.", [0.1, 1]);
  for (const seconds of [0.05, 0.1, 0.5, 3]) histogram.observe({}, seconds);
  expect(histogram.render().split("\n").slice(2, -1)).toEqual([
    'took_seconds_bucket{le="0.1"} 2',
    'took_seconds_bucket{le="1"} 3',
    'took_seconds_bucket{le="+Inf"} 4',
    "took_seconds_sum 3.65",
    "took_seconds_count 4",
  ]);
});

test("a histogram's labels stand before its bounds", () => {
  const histogram = new Histogram("took_seconds", "How long.", [1]);
  histogram.observe({ route: "/a" }, 2);
  expect(histogram.render()).toContain('took_seconds_bucket{route="/a",le="1"} 0\n');
});

test("no value breaks out of its label", () => {
  const text = renderGauge("open", "Now.", [[{ name: 'a"\\\nb' }, 1]]);
  expect(text.split("\n")[2]).toBe('open{name="a\\"\\\\\\nb"} 1');
});

test("a family without values still says what it would be", () => {
  expect(new Counter("asked_total", "How often.").render()).toBe(
    "# HELP asked_total How often.\n# TYPE asked_total counter\n",
  );
});
