/** The engagement score: how much a viewer, or the viewers of a session or an event on the mean, took part. Pure. */
import type { Deeds, Engagement } from "../../protocol/analytics.ts";
import { type Deed, deeds, type EngagementSettings, engagementParts } from "./engagement-settings.ts";

/** Of one viewer. What is no amount counts as none, and a share above 1 as 1. */
export function engagementOf(
  { watchShare, deeds: done }: { watchShare: number; deeds: Deeds },
  { weights, scales }: EngagementSettings,
): Engagement {
  return withScore({
    watching: weights.watching * Math.min(1, amount(watchShare)),
    ...ofDeeds((deed) => weights[deed] * saturation(done[deed], scales[deed])),
  });
}

/** So many viewers did something so often. */
export interface DeedCount {
  deed: Deed;
  times: number;
  viewers: number;
}

/**
 * The mean of `engagementOf` over viewers, from sums: of their shares, each at most 1, and of how many did what how
 * often. Who is in no count did nothing. Without viewers it is 0.
 */
export function meanEngagement(
  { viewers, watchShares, counts }: { viewers: number; watchShares: number; counts: readonly DeedCount[] },
  { weights, scales }: EngagementSettings,
): Engagement {
  const share = (sum: number) => (viewers > 0 ? Math.min(1, amount(sum) / viewers) : 0);
  const saturated = ofDeeds((deed) =>
    counts
      .filter((count) => count.deed === deed)
      .reduce((sum, count) => sum + count.viewers * saturation(count.times, scales[deed]), 0),
  );
  return withScore({
    watching: weights.watching * share(watchShares),
    ...ofDeeds((deed) => weights[deed] * share(saturated[deed])),
  });
}

/** In hundredths, rounded down, so that the parts that are shown add up to the score that is shown. */
export function roundEngagement({ parts }: Engagement): Engagement {
  const hundredths = engagementParts.map((part) => Math.floor(parts[part] * 100 + 1e-6));
  const rounded = Object.fromEntries(engagementParts.map((part, index) => [part, hundredths[index]! / 100]));
  return {
    score: hundredths.reduce((sum, each) => sum + each, 0) / 100,
    parts: rounded as Engagement["parts"],
  };
}

/** From 0 to 1, each further deed adding less than the one before. */
function saturation(times: number, scale: number): number {
  return -Math.expm1(-amount(times) / scale);
}

function withScore(parts: Engagement["parts"]): Engagement {
  const sum = engagementParts.reduce((total, part) => total + parts[part], 0);
  // Weights are fractions of a hundred: their sum may be a last digit above it.
  return { score: Math.min(100, sum), parts };
}

function ofDeeds(of: (deed: Deed) => number): Record<Deed, number> {
  return Object.fromEntries(deeds.map((deed) => [deed, of(deed)])) as Record<Deed, number>;
}

function amount(value: number): number {
  return value > 0 ? value : 0;
}
