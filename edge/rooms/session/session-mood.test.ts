import { expect, test } from "vitest";
import type { SessionTotal } from "../../protocol/internal-rooms.ts";
import { SessionMood } from "./session-mood.ts";

const upvotes = (questionId: string, count: number): SessionTotal => ({
  kind: "question",
  total: { questionId, upvotes: count },
});
const typists = (...names: string[]) => ({
  people: names.map((name) => ({ id: `usr_${name}`, name })),
  count: names.length,
});

test("totals are said at once and then every 250 ms at most, the newest of each", () => {
  const mood = new SessionMood();
  mood.counted([upvotes("qst_a", 1)], 1000);
  expect(mood.due(1000)).toEqual([{ kind: "totals", totals: [upvotes("qst_a", 1)] }]);
  mood.counted([upvotes("qst_a", 2), upvotes("qst_b", 1)], 1010);
  mood.counted([upvotes("qst_a", 3)], 1020);
  expect(mood.due(1249)).toEqual([]);
  expect(mood.due(1250)).toEqual([{ kind: "totals", totals: [upvotes("qst_a", 3), upvotes("qst_b", 1)] }]);
  mood.counted([upvotes("qst_a", 3)], 1300);
  expect(mood.due(5000)).toEqual([]);
});

test("who types is said once a second at most, of all gateways together, and when it falls silent", () => {
  const mood = new SessionMood<string>();
  mood.typing("a", typists("Ada"), 1000);
  expect(mood.due(1000)).toEqual([{ kind: "typing", ...typists("Ada") }]);
  mood.typing("b", typists("Bo"), 1100);
  expect(mood.due(1900)).toEqual([]);
  expect(mood.due(2000)).toEqual([{ kind: "typing", ...typists("Ada", "Bo") }]);
  mood.typing("b", typists("Bo"), 3000);
  expect(mood.due(4000)).toEqual([]);
  mood.gone("b", 5000);
  mood.typing("a", typists(), 5000);
  expect(mood.due(6000)).toEqual([{ kind: "typing", people: [], count: 0 }]);
});

test("reactions are summed over a second", () => {
  const mood = new SessionMood<string>();
  mood.reacted([["🎉", 2]], 1000);
  mood.reacted(
    [
      ["🎉", 1],
      ["👏", 4],
    ],
    1200,
  );
  expect(mood.due(1400)).toEqual([]);
  expect(mood.due(1500)).toEqual([
    {
      kind: "reactions",
      counts: [
        ["🎉", 3],
        ["👏", 4],
      ],
    },
  ]);
  mood.reacted([["🎉", 1]], 1600);
  expect(mood.due(2400)).toEqual([]);
  expect(mood.due(2500)).toEqual([{ kind: "reactions", counts: [["🎉", 1]] }]);
  expect(mood.due(9000)).toEqual([]);
});

test("of a hundred emoji the twenty most frequent are said", () => {
  const mood = new SessionMood<string>();
  mood.reacted(
    Array.from({ length: 100 }, (_, n) => [`e${n}`, n + 1] as [string, number]),
    0,
  );
  const [said] = mood.due(1000);
  expect(said?.kind === "reactions" && said.counts.map(([emoji]) => emoji)).toEqual(
    Array.from({ length: 20 }, (_, n) => `e${99 - n}`),
  );
});
