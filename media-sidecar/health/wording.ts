/** Figures as they stand in warnings, coarse enough that a warning is not another one with each look. */

/** `8.3 s`, `42 s`. */
export function seconds(value: number): string {
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} s`;
}

/** Of kbit/s: `850 kbit/s`, `4.5 Mbit/s`. */
export function megabits(kbps: number): string {
  if (kbps < 950) return `${Math.round(kbps / 50) * 50} kbit/s`;
  return `${(kbps / 1000).toFixed(kbps < 9_950 ? 1 : 0)} Mbit/s`;
}

/** `1.5 GB`. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

const pixelsOf1080p = 1920 * 1080;
const kbpsOf1080p = 5000;
/** Twice the pixels need less than twice the bits. */
const sizeExponent = 0.8;
const fastFrameRate = 33;
const fastFactor = 1.5;

/** What people set for such a picture, in kbit/s: 5,000 for 1080p30, 2,600 for 720p30, half as much again at 60. */
export function usualKbps(width: number, height: number, frameRate: number): number {
  const size = ((width * height) / pixelsOf1080p) ** sizeExponent;
  return kbpsOf1080p * size * (frameRate > fastFrameRate ? fastFactor : 1);
}
