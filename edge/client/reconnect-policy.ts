import { closeCodes } from "../protocol/realtime.ts";

export type EndReason = "credentials-ended" | "banned";

/** Why a socket must not come back by itself, or null when it may. */
export function endReason(closeCode: number): EndReason | null {
  if (closeCode === closeCodes.credentialsEnded) return "credentials-ended";
  if (closeCode === closeCodes.banned) return "banned";
  return null;
}

/**
 * How long to hold the next attempt back, in milliseconds, on top of the socket's own growing delay. A restart closes
 * everybody at once, so they come back spread over some seconds; a flooding or too slow client waits on purpose.
 */
export function returnDelayMs(closeCode: number | null, random: number): number {
  switch (closeCode) {
    case null:
      return 0;
    case closeCodes.restart:
      return Math.round(200 + 2_800 * random);
    case closeCodes.flooding:
      return Math.round(5_000 + 5_000 * random);
    case closeCodes.tooSlow:
      return Math.round(2_000 + 3_000 * random);
    default:
      return Math.round(1_000 * random);
  }
}
