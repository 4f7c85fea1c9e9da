const firstMs = 2000;
const mostMs = 60_000;

/**
 * How long to wait after the `failures`-th failure in a row, in milliseconds: 1 to 2 s at first, doubling, 30 to 60 s at
 * most. `random` is from 0 to 1, so that relays which failed together do not come back together.
 */
export function relayBackoffMs(failures: number, random: number): number {
  const longest = Math.min(mostMs, firstMs * 2 ** Math.max(0, failures - 1));
  return longest * (0.5 + random / 2);
}
