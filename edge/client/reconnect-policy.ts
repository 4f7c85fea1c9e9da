import { closeCodes } from "../protocol/realtime.ts";

export type EndReason = "credentials-ended" | "banned";

/** Why a socket must not come back by itself, or null when it may. */
export function endReason(closeCode: number): EndReason | null {
  if (closeCode === closeCodes.credentialsEnded) return "credentials-ended";
  if (closeCode === closeCodes.banned) return "banned";
  return null;
}

/**
 * How long to hold the next attempt back, in milliseconds, on top of the socket's own growing delay. A restart or a
 * crash closes everybody at once, so they come back spread over a time that grows with how many they are; a flooding
 * or too slow client waits on purpose. `random` is 0 to 1, `crowd` the number of people we were among.
 */
export function returnDelayMs(closeCode: number | null, random: number, crowd = 0): number {
  switch (closeCode) {
    case null:
      return 0;
    case closeCodes.restart:
      return Math.round(200 + between(2_800, crowd * 2) * random);
    case closeCodes.flooding:
      return Math.round(5_000 + 5_000 * random);
    case closeCodes.tooSlow:
      return Math.round(2_000 + 3_000 * random);
    default:
      return Math.round(between(1_000, crowd) * random);
  }
}

/** From `leastMs` up to 15 s. */
function between(leastMs: number, wishedMs: number): number {
  return Math.min(15_000, Math.max(leastMs, wishedMs));
}
