import { SeededRandom } from "./seeded-random.ts";

export type Victim = "rooms" | "rooms-2" | "api" | "redis-bridge" | "postgres";

export interface PlannedKill {
  /** After people have begun to send. */
  atSeconds: number;
  victim: Victim;
}

/** How long PostgreSQL stays away; the others are brought back by the supervisor. */
export const postgresAwaySeconds = 10;
export const sendingSeconds = 15;

/**
 * Each victim once and one of the quick ones twice, at moments that only the seed decides; in order of time. Where
 * there are two processes of rooms, each kill of rooms is one of them.
 */
export function planKills(seed: number, roomProcesses = 1): PlannedKill[] {
  const random = new SeededRandom(seed);
  // It is back before people stop, so that there is something to commit then as well.
  const postgres = { atSeconds: random.between(1, sendingSeconds - postgresAwaySeconds), victim: "postgres" };
  const again = random.pick(["rooms", "api", "redis-bridge"] as const);
  const others = (["rooms", "api", "redis-bridge", again] as const).map((victim) => ({
    atSeconds: random.between(1, sendingSeconds - 1),
    victim: victim === "rooms" && random.index(roomProcesses) === 1 ? "rooms-2" : victim,
  }));
  return [postgres, ...others].map((kill) => kill as PlannedKill).sort((a, b) => a.atSeconds - b.atSeconds);
}
