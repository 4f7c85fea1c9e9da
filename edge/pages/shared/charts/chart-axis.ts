/** Where the lines behind a chart stand, and what is written at them. Pure, but for the zone of the browser's clock. */

export interface Tick {
  /** On the axis' own scale. */
  at: number;
  words: string;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => count * day),
];

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** Round times of the local clock between two instants (milliseconds), at most `most` of them. */
export function timeTicks(from: number, to: number, most: number): Tick[] {
  const step = steps.find((each) => (to - from) / each <= most) ?? steps.at(-1)!;
  // Round by the local clock: an hour that is full in London is not in Kathmandu.
  const offset = new Date(from).getTimezoneOffset() * minute;
  const first = Math.ceil((from - offset) / step) * step + offset;
  const ticks: Tick[] = [];
  for (let at = first; at <= to && ticks.length < most + 1; at += step)
    ticks.push({ at, words: (step >= day ? date : clock).format(at) });
  return ticks;
}

/** From nothing to `top`, which `chartLines` made, in equal steps of a round size. */
export function valueTicks(top: number, words: (value: number) => string): Tick[] {
  const power = 10 ** Math.floor(Math.log10(top) + 1e-9);
  const parts = partsOf[Math.round(top / power)] ?? 2;
  return Array.from({ length: parts + 1 }, (_, index) => {
    const at = (top * index) / parts;
    return { at, words: words(at) };
  });
}

/** Into how many parts a scale is cut whose upper end begins with this digit. */
const partsOf: Record<number, number> = { 1: 2, 2: 2, 3: 3, 4: 4, 5: 5, 6: 3, 8: 4 };

/** The middle, the quarters and the ends of something that goes from 0 to 1. */
export const shareTicks: Tick[] = [0, 0.25, 0.5, 0.75, 1].map((at) => ({
  at,
  words: `${Math.round(at * 100)} %`,
}));
