/** Which frame rate a source has, out of what was counted and what its encoder says. */

/** The broadcast rates are a thousandth beside the whole ones: a count cannot tell them apart, a word can. */
const wholeFrameRates = [5, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 120];
/** A count over a few seconds is off by a frame or two. */
const countTolerance = 0.05;
const usualTolerance = 0.02;

/** nginx-rtmp cuts metadata's frame rate down to a whole number, which gives these away. */
const cutFrameRates = new Map([
  [23, 24_000 / 1001],
  [29, 30_000 / 1001],
  [59, 60_000 / 1001],
  [119, 120_000 / 1001],
]);

/** The first announced rate that the count does not contradict; else the usual rate nearest to the count. */
export function settleFrameRate(
  counted: number | null,
  ...announcements: readonly (number | null)[]
): number | null {
  for (const announced of announcements) {
    if (announced === null) continue;
    const meant = cutFrameRates.get(announced) ?? announced;
    if (counted === null || Math.abs(counted - meant) <= meant * countTolerance) return rounded(meant);
  }
  if (counted === null) return null;
  const nearest = wholeFrameRates.reduce((best, each) =>
    Math.abs(each - counted) < Math.abs(best - counted) ? each : best,
  );
  return Math.abs(nearest - counted) <= nearest * usualTolerance ? nearest : rounded(counted);
}

/** The most that encoders of pictures for people announce in earnest. */
const mostInEarnest = 61;

/**
 * The rate to plan an even grid for: what is announced, even if fewer frames come now. A machine that was busy for some
 * seconds has lost some, which must not cost the rest of the broadcast its motion.
 */
export function planFrameRate(
  counted: number | null,
  ...announcements: readonly (number | null)[]
): number | null {
  if (counted !== null)
    for (const announced of announcements)
      if (announced !== null && announced <= mostInEarnest && counted < announced && counted >= announced / 2)
        return settleFrameRate(null, announced);
  return settleFrameRate(counted, ...announcements);
}

function rounded(rate: number): number {
  return Math.round(rate * 1000) / 1000;
}
