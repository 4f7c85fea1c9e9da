import type { LoadGenerator } from "../load/load-generator.ts";
import { startLoadGenerator } from "../load/load-generator.ts";
import { freePort } from "../support/free-port.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { createRoomsScene, type RoomsScene } from "./rooms-scene.ts";
import { addressOf, type RoomsSystem, rostrumSystem, socketIoSystem } from "./rooms-systems.ts";

/** Everything the rooms' measurements share: both systems on one database, people, and the process that loads them. */
export interface RoomsStage {
  readonly rostrum: Rostrum;
  readonly scene: RoomsScene;
  readonly generator: LoadGenerator;
  /** The peer, then ours. */
  readonly systems: readonly RoomsSystem[];
  /** Where the API listens for rooms, with the key. */
  readonly internal: { url: string; key: string };
  close(): Promise<void>;
}

const internalKey = "the-internal-key-of-the-benchmark";

export async function openRoomsStage(people: number): Promise<RoomsStage> {
  const internalPort = await freePort();
  const rostrum = await startRostrum({
    environment: { INTERNAL_PORT: String(internalPort), INTERNAL_API_KEY: internalKey },
  });
  const generator = startLoadGenerator();
  try {
    const { databaseUrl, jwtSecret } = addressOf(rostrum);
    const scene = await createRoomsScene(databaseUrl, jwtSecret, { people, moderators: 250 });
    const { peer, system } = await socketIoSystem(rostrum);
    return {
      rostrum,
      scene,
      generator,
      systems: [system, rostrumSystem(rostrum)],
      internal: { url: `http://127.0.0.1:${internalPort}`, key: internalKey },
      close: async () => {
        await generator.stop();
        await peer.stop();
        await scene.close();
        await rostrum.remove();
      },
    };
  } catch (error) {
    await generator.stop();
    await rostrum.remove();
    throw error;
  }
}

let runs = 0;

/** Brings `clients` people into new sessions, spread evenly; moderators among them send. */
export async function gather(
  { scene, generator }: RoomsStage,
  system: RoomsSystem,
  {
    clients,
    sessions = 1,
    wantsTotals = false,
  }: { clients: number; sessions?: number; wantsTotals?: boolean },
) {
  const sessionIds = await scene.createSessions(sessions);
  const entered = await generator.gather({
    wire: system.wire,
    origin: system.origin,
    sessionIds,
    run: `load${process.pid}-${runs++}`,
    entering: 300,
    wantsTotals,
    people: scene.tokens.slice(0, clients).map((token, index) => ({
      token,
      session: index % sessions,
      sends: index < scene.moderators,
    })),
  });
  return { entered, sessionIds };
}
