import { expect, it } from "vitest";
import { Refusals } from "./refusals.ts";

it("a refusal counts for twenty seconds, and is forgotten with the next one after that", () => {
  const refusals = new Refusals();
  refusals.add("pb_a", 6, 0);
  refusals.add("pb_b", 7, 10_000);
  const at = (nowMs: number) => ["pb_a", "pb_b", "pb_c"].map((id) => refusals.leastCost(id, nowMs));
  expect([at(19_999), at(20_000)]).toEqual([
    [6, 7, null],
    [null, 7, null],
  ]);
  refusals.add("pb_c", 8, 20_000);
  expect(refusals.count).toBe(2);
});
