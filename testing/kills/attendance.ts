import type { ServerMessage } from "../../edge/protocol/realtime.ts";
import type { Listener } from "./findings.ts";
import type { KillStage, Scene } from "./kill-stage.ts";
import { LibraryClient } from "./library-client.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { SessionClient } from "./session-client.ts";

/** Somebody's socket in the session, and what is told through it. */
export interface Attendance extends Listener {
  client: SessionClient | LibraryClient;
}

export function attend(stage: KillStage, { sessionId, people }: Scene, index: number, random: SeededRandom) {
  const { userId, name, token } = people[index]!;
  const url = `${stage.rostrum.url.replace("http", "ws")}/ws`;
  let hear: (message: ServerMessage) => void = () => {};
  const client = new SessionClient({
    url,
    token,
    sessionId,
    random: () => random.next(),
    onTold: (message) => hear(message),
  });
  const listening = { name, userId, isStaff: index === 0, told: client.told, client };
  return { ...listening, onTold: (listener: typeof hear) => (hear = listener) };
}

export function attendWithLibrary(stage: KillStage, { sessionId, people }: Scene, index: number): Attendance {
  const { userId, name, token } = people[index]!;
  const client = new LibraryClient({ url: stage.rostrum.url, token, sessionId });
  return { name: `${name}, with the library,`, userId, isStaff: index === 0, told: client.told, client };
}
