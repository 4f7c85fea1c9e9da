/** Where numbered pins stand above a chart so that each can be read. Pure. */

export interface Pin {
  /** The numbers it stands for, from one to the other; the same when it stands for one. */
  first: number;
  last: number;
  /** Pixels from the left to its own left edge. */
  left: number;
  /** 0 is the lowest row. */
  row: number;
}

export interface PinRoom {
  /** Pixels. */
  width: number;
  pinWidth: number;
  /** Of a pin that stands for several. */
  wideWidth: number;
  rows: number;
}

const gap = 2;

/**
 * `places` are shares of the width in rising order; pins are numbered from 1 in that order. A pin goes into the lowest
 * row where it touches no other; where no row has room, it becomes one with the pin before it, which then says "3–7".
 */
export function pinLayout(places: readonly number[], { width, pinWidth, wideWidth, rows }: PinRoom): Pin[] {
  const pins: Pin[] = [];
  const ends: number[] = Array.from({ length: rows }, () => Number.NEGATIVE_INFINITY);
  places.forEach((place, index) => {
    const number = index + 1;
    const left = Math.min(width - pinWidth / 2, Math.max(0, place * width)) - pinWidth / 2;
    const row = ends.findIndex((end) => left >= end + gap);
    const before = pins.at(-1);
    if (row === -1 && before) {
      before.last = number;
      ends[before.row] = before.left + wideWidth;
      return;
    }
    pins.push({ first: number, last: number, left, row: Math.max(0, row) });
    ends[Math.max(0, row)] = left + pinWidth;
  });
  return withinEnd(pins, { width, pinWidth, wideWidth });
}

/** A wide pin at the end would hang over it: it moves back, and takes in those that stand where it then stands. */
function withinEnd(pins: Pin[], { width, pinWidth, wideWidth }: Omit<PinRoom, "rows">): Pin[] {
  const end = width + pinWidth / 2;
  const last = pins.at(-1);
  if (!last || last.first === last.last || last.left + wideWidth <= end) return pins;
  const left = end - wideWidth;
  const isInTheWay = (pin: Pin) =>
    pin.row === last.row && pin.left + (pin.first === pin.last ? pinWidth : wideWidth) + gap > left;
  const kept = pins.slice(0, -1);
  while (kept.some(isInTheWay)) last.first = kept.pop()!.first;
  return [...kept, { ...last, left }];
}
