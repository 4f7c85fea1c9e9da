import fc from "fast-check";
import { expect, test } from "vitest";
import type { Deeds } from "../../protocol/analytics.ts";
import { engagementOf, meanEngagement, roundEngagement } from "./engagement.ts";
import { type Deed, deeds, engagementParts } from "./engagement-settings.ts";
import { parsedScales, parsedWeights } from "./test-engagement-settings.ts";

const settings = { weights: parsedWeights(), scales: parsedScales() };
const nothing: Deeds = { messages: 0, questions: 0, upvotes: 0, votes: 0, reactions: 0 };

const times = fc.integer({ min: 0, max: 100_000 });
const anyDeeds = fc.record({
  messages: times,
  questions: times,
  upvotes: times,
  votes: times,
  reactions: times,
});
const anyShare = fc.double({ min: 0, max: 1, noNaN: true });
const anyViewer = fc.record({ watchShare: anyShare, deeds: anyDeeds });
const anySettings = fc
  .record({
    weights: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 6, maxLength: 6 }),
    scales: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 5, maxLength: 5 }),
  })
  .filter(({ weights }) => weights.some((weight) => weight > 0))
  .map(({ weights, scales }) => ({
    weights: parsedWeights(engagementParts.map((part, index) => `${part}=${weights[index]}`).join()),
    scales: parsedScales(deeds.map((deed, index) => `${deed}=${scales[index]}`).join()),
  }));

test("who did nothing has 0, who watched it all has what watching weighs, and nobody reaches more than 100", () => {
  expect(engagementOf({ watchShare: 0, deeds: nothing }, settings).score).toBe(0);
  expect(engagementOf({ watchShare: 1, deeds: nothing }, settings).score).toBe(50);
  const all: Deeds = { messages: 1e9, questions: 1e9, upvotes: 1e9, votes: 1e9, reactions: 1e9 };
  expect(engagementOf({ watchShare: 7, deeds: all }, settings).score).toBe(100);
});

test("some scores, by hand", () => {
  const busy = { messages: 5, questions: 2, upvotes: 4, votes: 2, reactions: 10 };
  // Each deed as often as its scale says: 1 − 1/e of 50 points, and half of the watching.
  expect(engagementOf({ watchShare: 0.5, deeds: busy }, settings).score).toBeCloseTo(
    25 + 50 * (1 - 1 / Math.E),
  );
  const { parts } = engagementOf({ watchShare: 0.25, deeds: { ...nothing, votes: 1 } }, settings);
  expect(parts).toMatchObject({ watching: 12.5, messages: 0 });
  expect(parts.votes).toBeCloseTo(15 * (1 - Math.exp(-0.5)));
});

test("the score lies between 0 and 100, its parts add up to it, and the same viewer always has the same", () => {
  fc.assert(
    fc.property(anyViewer, anySettings, (viewer, each) => {
      const { score, parts } = engagementOf(viewer, each);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
      expect(engagementParts.reduce((sum, part) => sum + parts[part], 0)).toBeCloseTo(score, 9);
      expect(engagementOf(structuredClone(viewer), each)).toEqual({ score, parts });
    }),
  );
});

test("whatever is done more often, the score does not fall, and one thing never brings more than its weight", () => {
  fc.assert(
    fc.property(
      anyViewer,
      anySettings,
      fc.constantFrom(...deeds),
      fc.nat(10_000),
      (viewer, each, deed, more) => {
        const before = engagementOf(viewer, each);
        const after = engagementOf(
          { ...viewer, deeds: { ...viewer.deeds, [deed]: viewer.deeds[deed] + more } },
          each,
        );
        expect(after.score).toBeGreaterThanOrEqual(before.score - 1e-9);
        expect(after.parts[deed]).toBeLessThanOrEqual(each.weights[deed] + 1e-9);
        for (const other of engagementParts.filter((part) => part !== deed))
          expect(after.parts[other]).toBe(before.parts[other]);
      },
    ),
  );
});

test("each further deed adds less than the one before", () => {
  for (const deed of deeds) {
    const at = (n: number) =>
      engagementOf({ watchShare: 0, deeds: { ...nothing, [deed]: n } }, settings).score;
    const gains = Array.from({ length: 30 }, (_, n) => at(n + 1) - at(n));
    expect(gains[0]).toBeGreaterThan(0);
    for (let n = 1; n < gains.length; n++) expect(gains[n]).toBeLessThan(gains[n - 1]!);
  }
});

test("what is no amount counts as none", () => {
  const odd = { messages: Number.NaN, questions: -3, upvotes: 0, votes: 0, reactions: 0 };
  expect(engagementOf({ watchShare: Number.NaN, deeds: odd }, settings).score).toBe(0);
});

test("the mean from sums is the mean of the viewers' scores", () => {
  fc.assert(
    fc.property(fc.array(anyViewer, { minLength: 1, maxLength: 20 }), anySettings, (viewers, each) => {
      const scores = viewers.map((viewer) => engagementOf(viewer, each));
      const counts = viewers.flatMap((viewer) =>
        deeds
          .filter((deed: Deed) => viewer.deeds[deed] > 0)
          .map((deed) => ({ deed, times: viewer.deeds[deed], viewers: 1 })),
      );
      const watchShares = viewers.reduce((sum, { watchShare }) => sum + watchShare, 0);
      const mean = meanEngagement({ viewers: viewers.length, watchShares, counts }, each);
      expect(mean.score).toBeCloseTo(scores.reduce((sum, { score }) => sum + score, 0) / viewers.length, 9);
      for (const part of engagementParts) {
        const sum = scores.reduce((total, { parts }) => total + parts[part], 0);
        expect(mean.parts[part]).toBeCloseTo(sum / viewers.length, 9);
      }
    }),
  );
  const none = meanEngagement({ viewers: 0, watchShares: 0, counts: [] }, settings);
  expect(none.score).toBe(0);
});

test("rounded, the parts still add up to the score, to the hundredth, and 100 is not passed", () => {
  fc.assert(
    fc.property(anyViewer, anySettings, (viewer, each) => {
      const exact = engagementOf(viewer, each);
      const { score, parts } = roundEngagement(exact);
      const hundredths = engagementParts.reduce((sum, part) => sum + Math.round(parts[part] * 100), 0);
      expect(hundredths).toBe(Math.round(score * 100));
      expect(score).toBeLessThanOrEqual(100);
      expect(Math.abs(score - exact.score)).toBeLessThan(0.061);
    }),
  );
  expect(roundEngagement(engagementOf({ watchShare: 0.29, deeds: nothing }, settings)).score).toBe(14.5);
});
