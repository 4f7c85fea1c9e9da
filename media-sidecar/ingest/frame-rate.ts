/** Which frame rate a source has, out of what was counted and what its encoder says. */

const usualFrameRates = [
  5,
  10,
  12,
  15,
  20,
  24_000 / 1001,
  24,
  25,
  30_000 / 1001,
  30,
  48,
  50,
  60_000 / 1001,
  60,
  120,
];
/** A count over a few seconds is off by a frame or two. */
const countTolerance = 0.05;

/** The announced rate where the count does not contradict it; else the usual rate nearest to the count. */
export function settleFrameRate(counted: number | null, announced: number | null): number | null {
  if (counted === null) return announced === null ? null : usual(announced);
  if (announced !== null && Math.abs(counted - announced) <= announced * countTolerance)
    return usual(announced);
  return usual(counted);
}

function usual(rate: number): number {
  const nearest = usualFrameRates.reduce((best, each) =>
    Math.abs(each - rate) < Math.abs(best - rate) ? each : best,
  );
  const settled = Math.abs(nearest - rate) <= nearest * 0.02 ? nearest : rate;
  return Math.round(settled * 1000) / 1000;
}
