/** Whether a figure that is taken once a minute stays where it is. */

export interface Trend {
  /** By the line through the values: from the first to the last, as a share of their mean. */
  growth: number;
  isFlat: boolean;
}

/** The first quarter is warming up and does not count. `most` is the growth that is still called flat. */
export function trendOf(values: readonly number[], most: number): Trend {
  const settled = values.slice(Math.floor(values.length / 4));
  const mean = average(settled);
  if (settled.length < 2 || mean === 0) return { growth: 0, isFlat: true };
  const middle = (settled.length - 1) / 2;
  const covariance = settled.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0);
  const variance = settled.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  const growth = ((covariance / variance) * (settled.length - 1)) / mean;
  return { growth, isFlat: growth <= most };
}

/** Of sorted values; `share` 0.5 is the middle. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
