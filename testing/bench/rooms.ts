import { measureCommits } from "./rooms-commits.ts";
import { measureCrowd } from "./rooms-crowd.ts";
import { measureRisingRate } from "./rooms-rate.ts";
import { measureSpread } from "./rooms-spread.ts";
import { openRoomsStage, type RoomsStage } from "./rooms-stage.ts";
import { measureVotes } from "./rooms-votes.ts";

const parts: Record<string, (stage: RoomsStage) => Promise<string>> = {
  // First, while the processes have held no sockets yet: what a socket costs in memory is their growth.
  "rooms-5000": (stage) => measureCrowd(stage, { clients: 5000, cut: true, isFirst: true }),
  "rooms-1000": (stage) => measureCrowd(stage, { clients: 1000, cut: false, isFirst: false }),
  "rooms-rate": measureRisingRate,
  "rooms-spread": measureSpread,
  "rooms-commits": measureCommits,
  "rooms-votes": measureVotes,
};

/** The names of its parts, each of which can be asked for alone. */
export const roomsParts = Object.keys(parts);

/**
 * Sessions of Rostrum, by `/ws` through nginx as people reach it, beside Socket.IO and postgres in their customary form
 * (peers/socket-io-app.ts), reached directly: the same generator, payload, database and machine, one after the other.
 */
export async function measureRooms(wanted: readonly string[]): Promise<void> {
  const stage = await openRoomsStage(5000);
  try {
    for (const [name, measure] of Object.entries(parts)) {
      if (!wanted.includes(name)) continue;
      process.stdout.write(`${await measure(stage)}\n`);
    }
  } finally {
    await stage.close();
  }
}
