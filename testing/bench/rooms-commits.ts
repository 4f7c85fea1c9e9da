import { newIdentifier } from "../../edge/protocol/identifier.ts";
import { gather, type RoomsStage } from "./rooms-stage.ts";
import { withCosts } from "./rooms-systems.ts";
import { table } from "./table.ts";

const batches = [1, 10, 100, 1000];
const seconds = 3;
const talkers = 200;
const talk = { rate: 2500, seconds: 4 };

/** Messages a second into one session, each durable before anyone hears it. */
export async function measureCommits(stage: RoomsStage): Promise<string> {
  return `${await throughSockets(stage)}\n${await byBatch(stage)}`;
}

/** The whole way, as fast as it goes: so many people talk, and hear everything. */
async function throughSockets(stage: RoomsStage): Promise<string> {
  const rows = [
    [
      "system",
      "messages/s",
      "ratio",
      "deliveries/s",
      "accepted",
      "unanswered",
      "lost",
      "doubled",
      "connections closed, by code",
      "generator cores",
    ],
  ];
  let peer = Number.NaN;
  for (const system of stage.systems) {
    await gather(stage, system, { clients: talkers });
    const result = await stage.generator.chat({ ...talk, warmUpSeconds: 0, drainSeconds: 90 });
    await stage.generator.disperse();
    process.stderr.write(`${system.name}, as fast as it goes: ${JSON.stringify(result)}\n`);
    const perSecond = result.accepted / result.seconds;
    if (Number.isNaN(peer)) peer = perSecond;
    rows.push([
      system.name,
      perSecond.toFixed(0),
      (perSecond / peer).toFixed(1),
      result.deliveriesPerSecond.toFixed(0),
      `${result.accepted} of ${result.sent}`,
      String(result.unanswered),
      String(result.lost),
      String(result.doubled),
      // Who misses more than a resume carries gets a snapshot instead, and then counts as having lost the rest.
      JSON.stringify(result.drops),
      result.generatorCores.toFixed(2),
    ]);
  }
  return `\nMessages through one session with ${talkers} people, ${talk.rate}/s offered for ${talk.seconds} s, until all have all\n${table(rows)}`;
}

/** The commit alone, one batch after the other, as a session's room asks for it. */
async function byBatch({ scene, systems, internal }: RoomsStage): Promise<string> {
  const rostrum = systems.find(({ wire }) => wire === "rostrum")!;
  const rows = [
    [
      "messages a commit",
      "commits/s",
      "messages/s",
      "ratio to one",
      "ms a commit",
      "API µs a message",
      "PostgreSQL µs",
    ],
  ];
  let one = Number.NaN;
  for (const batch of batches) {
    const [sessionId] = await scene.createSessions(1);
    const url = `${internal.url}/internal/sessions/${sessionId}/commit`;
    const authors = scene.userIds.slice(0, scene.moderators);
    const {
      result: commits,
      cores,
      seconds: lasted,
    } = await withCosts(rostrum, async () => {
      const began = performance.now();
      let done = 0;
      for (; performance.now() - began < seconds * 1000; done++)
        await commit(url, internal.key, batch, authors);
      return done;
    });
    const perSecond = (commits * batch) / lasted;
    if (Number.isNaN(one)) one = perSecond;
    const microseconds = (share = 0) => ((share / perSecond) * 1e6).toFixed(0);
    rows.push([
      String(batch),
      (commits / lasted).toFixed(1),
      perSecond.toFixed(0),
      (perSecond / one).toFixed(1),
      ((lasted / commits) * 1000).toFixed(1),
      microseconds(cores.api),
      microseconds(cores.postgres),
    ]);
  }
  return `\nCommits into one session, one after the other, by size\n${table(rows)}`;
}

async function commit(url: string, key: string, size: number, userIds: readonly string[]): Promise<void> {
  const commands = Array.from({ length: size }, (_, index) => ({
    userId: userIds[index % userIds.length],
    ref: newIdentifier("request"),
    type: "chat:send",
    data: { text: `What a fine picture tonight, and how clear the sound is ${crypto.randomUUID()}` },
  }));
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ commands }),
  });
  const text = await response.text();
  if (!response.ok || text.includes('"ok":false')) {
    throw new Error(`a commit was answered ${response.status}: ${text.slice(0, 500)}`);
  }
}
