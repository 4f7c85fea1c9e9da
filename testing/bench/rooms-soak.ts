import { TestHeap } from "../../edge/rooms/test-heap.ts";
import { KillStage, type Scene } from "../kills/kill-stage.ts";
import { SeededRandom } from "../kills/seeded-random.ts";
import { SessionClient } from "../kills/session-client.ts";
import { freePort } from "../support/free-port.ts";
import type { ProcessName } from "../support/rostrum.ts";
import { waitFor } from "../support/wait-for.ts";
import { processorSeconds } from "./processor-time.ts";
import { residentMegabytes } from "./resident-memory.ts";
import { SoakPerson } from "./soak-person.ts";
import { quantile, trendOf } from "./soak-trend.ts";
import { table } from "./table.ts";

const minutes = Number(process.env.SOAK_MINUTES ?? 20);
const clients = Number(process.env.SOAK_CLIENTS ?? 300);
/** The gateways are rooms too: all of them live in these processes. */
const observed: readonly ProcessName[] = ["rooms", "api"];
/** One in so many clients measures how long lines take: all of them would measure the measuring. */
const measuredShare = 10;

interface Minute {
  megabytes: Record<string, number>;
  cores: Record<string, number>;
  deliveries: number;
  p50: number;
  p95: number;
  /** Lines that were acknowledged, and commands that were refused. */
  said: number;
  refused: number;
}

/**
 * Hours in small: people who write, vote, react, type, come, go and lose their connections, for many minutes; memory of
 * the rooms (gateways among them) and the API, and how long a line takes from its sender to everyone, minute by minute.
 */
export async function soakRooms(): Promise<void> {
  const inspectorPort = await freePort();
  const stage = await KillStage.open(clients, 1, { ROOMS_INSPECTOR_PORT: String(inspectorPort) });
  const heap = await TestHeap.open(await stage.rostrum.pidOf("rooms"), inspectorPort);
  const random = new SeededRandom(1);
  const people: SoakPerson[] = [];
  let latencies: number[] = [];
  let isOver = false;
  try {
    const scene = await stage.scene();
    const open = (index: number, measures: boolean) =>
      openClient(stage, scene, index, random, measures ? latency : null);
    const latency = (milliseconds: number) => void latencies.push(milliseconds);
    for (let index = 0; index < clients; index++) {
      const measures = index % measuredShare === 0;
      people.push(
        new SoakPerson(
          scene,
          () => open(index, measures),
          random.fork(),
          () => isOver,
        ),
      );
    }
    await waitFor("everyone is in", () => people.every((person) => person.isIn), { timeoutSeconds: 120 });
    const lives = people.map((person) => person.live());
    const taken: Minute[] = [];
    for (let minute = 1; minute <= minutes; minute++) {
      const before = await usage(stage, heap);
      latencies = [];
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      taken.push(toMinute(before, await usage(stage, heap), latencies, people));
      process.stderr.write(`minute ${minute}: ${JSON.stringify(taken.at(-1))}\n`);
    }
    isOver = true;
    await Promise.all(lives);
    process.stdout.write(`\n${clients} clients for ${minutes} minutes\n${report(taken)}\n`);
  } finally {
    isOver = true;
    for (const person of people) person.close();
    heap.close();
    await stage.close();
  }
}

function openClient(
  stage: KillStage,
  { sessionId, people }: Scene,
  index: number,
  random: SeededRandom,
  latency: ((milliseconds: number) => void) | null,
): SessionClient {
  const client = new SessionClient({
    url: `${stage.rostrum.url.replace("http", "ws")}/ws`,
    token: people[index]!.token,
    sessionId,
    keepsEvents: false,
    random: () => random.next(),
    onTold: (message) => {
      if (latency === null || message.type !== "chat:message") return;
      const sentAt = Number(/ at (\d+)$/.exec(message.data.text)?.[1]);
      // A resume brings lines of before, which say nothing of how long a line takes.
      if (sentAt > client.joinedAt) latency(Date.now() - sentAt);
    },
  });
  client.open();
  return client;
}

interface Usage {
  megabytes: Record<string, number>;
  seconds: Record<string, number>;
}

/** Processor time so far, and memory: of the rooms without garbage that V8 has not got round to. */
async function usage(stage: KillStage, heap: TestHeap): Promise<Usage> {
  const result: Usage = { megabytes: {}, seconds: { generator: process.cpuUsage().user / 1e6 } };
  for (const name of observed) {
    const pid = await stage.rostrum.pidOf(name);
    result.megabytes[name] = name === "rooms" ? await heap.heldMegabytes() : residentMegabytes(pid);
    result.seconds[name] = processorSeconds(pid);
  }
  return result;
}

function toMinute(before: Usage, after: Usage, latencies: number[], people: readonly SoakPerson[]): Minute {
  const sorted = [...latencies].sort((a, b) => a - b);
  const cores = Object.entries(after.seconds).map(([name, value]) => [
    name,
    (value - before.seconds[name]!) / 60,
  ]);
  const counts = people.map((person) => person.takeCounts());
  return {
    megabytes: after.megabytes,
    cores: Object.fromEntries(cores),
    deliveries: sorted.length * measuredShare,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    said: counts.reduce((sum, { said }) => sum + said, 0),
    refused: counts.reduce((sum, { refused }) => sum + refused, 0),
  };
}

function report(taken: readonly Minute[]): string {
  const names = [...observed];
  const cores = Object.keys(taken[0]?.cores ?? {});
  const heading = [
    ...["minute", "lines", "deliveries", "refused", "p50 ms", "p95 ms"],
    ...names.map((name) => `${name} MB`),
    ...cores.map((name) => `${name} cores`),
  ];
  const rows = taken.map((minute, index) => [
    ...[index + 1, minute.said, minute.deliveries, minute.refused, minute.p50, minute.p95].map(String),
    ...names.map((name) => minute.megabytes[name]!.toFixed(0)),
    ...cores.map((name) => minute.cores[name]!.toFixed(2)),
  ]);
  const verdict = (what: string, values: number[], most: number) => {
    const { growth, isFlat } = trendOf(values, most);
    return `${what}: ${isFlat ? "flat" : "NOT FLAT"} (${(growth * 100).toFixed(1)} % over the last three quarters)`;
  };
  return [
    table([heading, ...rows]),
    ...names.map((name) =>
      verdict(
        `memory of ${name}`,
        taken.map(({ megabytes }) => megabytes[name]!),
        0.1,
      ),
    ),
    verdict(
      "p50",
      taken.map(({ p50 }) => p50),
      0.2,
    ),
    verdict(
      "p95",
      taken.map(({ p95 }) => p95),
      0.2,
    ),
  ].join("\n");
}
