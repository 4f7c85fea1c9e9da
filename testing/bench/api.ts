import { type ProcessName, type Rostrum, startRostrum } from "../support/rostrum.ts";
import { measureImport } from "./api-import.ts";
import { type LoadResult, type Request, runLoad } from "./api-load.ts";
import { measureReadsDuringLogins } from "./api-logins.ts";
import { createScene, type Scene } from "./api-scene.ts";
import { databaseUrlOf } from "./copy-database.ts";
import { startFastifyPeer } from "./peers/peer-process.ts";
import { median, table } from "./table.ts";

export interface System {
  name: string;
  origin: string;
  pids: readonly number[];
}

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = 3;
const connections = 32;
const jwtSecret = "a secret of the benchmark, long enough";

/**
 * The API beside a plain Fastify app that does the same work on the same database (peers/fastify-app.ts): one API
 * process by its own port, and two behind nginx. The three take turns, so that whatever else the machine does is
 * shared by all; wrk keeps 32 connections busy.
 */
export async function measureApi(): Promise<void> {
  const one = await startRostrum({ environment: { JWT_SECRET: jwtSecret } });
  const databaseUrl = await databaseUrlOf(one);
  const scene = await createScene(databaseUrl, jwtSecret);
  const two = await startRostrum({
    environment: { JWT_SECRET: jwtSecret, DATABASE_URL: databaseUrl, API_PROCESSES: "2" },
  });
  const peer = await startFastifyPeer(databaseUrl, jwtSecret);
  try {
    const pidsOf = (rostrum: Rostrum, ...names: ProcessName[]) =>
      Promise.all(names.map((name) => rostrum.pidOf(name)));
    const systems: System[] = [
      { name: "Fastify (peer)", origin: peer.origin, pids: [peer.pid] },
      { name: "Rostrum, 1 process", origin: one.apiUrl, pids: await pidsOf(one, "api") },
      { name: "Rostrum, 2 behind nginx", origin: two.url, pids: await pidsOf(two, "api", "api-2") },
    ];
    await requireSameAnswers(systems, scene);
    process.stdout.write(`\nRequests, ${connections} connections, median of ${rounds} turns\n`);
    process.stdout.write(`${table(await compareLoads(systems, scene))}\n`);
    process.stdout.write(`${await measureImport(systems.slice(0, 2), scene, one.admin.token!)}\n`);
    process.stdout.write(`${await measureReadsDuringLogins(systems.slice(0, 2), scene)}\n`);
  } finally {
    await peer.stop();
    await scene.close();
    await two.remove();
    await one.remove();
  }
}

interface Operation {
  name: string;
  method: "GET" | "POST";
  connections?: number;
  /** Made anew for each turn. */
  requests: (scene: Scene) => Promise<Request[]>;
}

const operations: Operation[] = [
  {
    name: "GET /api/events/:id, one caller",
    method: "GET",
    requests: async ({ eventId, tokens }) => [{ path: `/api/events/${eventId}`, token: tokens[0]! }],
  },
  {
    name: "GET /api/events/:id, 20 callers",
    method: "GET",
    requests: async ({ eventId, tokens }) =>
      tokens.slice(0, 20).map((token) => ({ path: `/api/events/${eventId}`, token })),
  },
  {
    name: "GET /api/events/:id, 1000 callers",
    method: "GET",
    requests: async ({ eventId, tokens }) =>
      tokens.map((token) => ({ path: `/api/events/${eventId}`, token })),
  },
  {
    name: "GET /api/events",
    method: "GET",
    requests: async ({ tokens }) => tokens.map((token) => ({ path: "/api/events", token })),
  },
  {
    name: "POST /api/events/:id/join",
    method: "POST",
    // More seats than anyone takes in a turn.
    requests: async ({ createEvents, tokens }) => {
      const ids = await createEvents(40);
      return tokens.flatMap((token) => ids.map((id) => ({ path: `/api/events/${id}/join`, token })));
    },
  },
  {
    name: "POST /api/auth/login",
    method: "POST",
    connections: 8,
    requests: async ({ accounts }) =>
      accounts.map((account) => ({ path: "/api/auth/login", body: JSON.stringify(account) })),
  },
];

async function compareLoads(systems: readonly System[], scene: Scene): Promise<string[][]> {
  const rows = [
    ["operation", "system", "requests/s", "ratio", "p95 ms", "server µs each", "its cores", "wrk's cores"],
  ];
  for (const { name, method, requests, connections: own } of operations) {
    const results = new Map(systems.map((system) => [system, [] as LoadResult[]]));
    // The first turn warms up and does not count.
    for (let turn = 0; turn <= rounds; turn++) {
      for (const [{ origin, pids }, kept] of results) {
        const load = { origin, method, pids, seconds: turn === 0 ? 2 : seconds };
        const result = await runLoad({
          ...load,
          connections: own ?? connections,
          explains: own !== undefined,
          requests: await requests(scene),
        });
        if (turn > 0) kept.push(result);
      }
    }
    const middle = (of: readonly LoadResult[], figure: keyof LoadResult) =>
      median(of.map((result) => result[figure]));
    const peerPerSecond = middle(results.get(systems[0]!)!, "perSecond");
    for (const [system, kept] of results) {
      const perSecond = middle(kept, "perSecond");
      rows.push([
        name,
        system.name,
        perSecond.toFixed(perSecond < 100 ? 1 : 0),
        (perSecond / peerPerSecond).toFixed(2),
        middle(kept, "p95Ms").toFixed(1),
        middle(kept, "serverMicroseconds").toFixed(0),
        middle(kept, "serverCores").toFixed(2),
        middle(kept, "generatorCores").toFixed(2),
      ]);
    }
    process.stderr.write(`${table([rows[0]!, ...rows.slice(-systems.length)])}\n`);
  }
  return rows;
}

/** The comparison means something only where the answers are the same. */
async function requireSameAnswers(systems: readonly System[], { eventId, tokens }: Scene): Promise<void> {
  const headers = { authorization: `Bearer ${tokens[0]}` };
  for (const path of [`/api/events/${eventId}`, "/api/events?limit=50"]) {
    const answers = await Promise.all(
      systems.map(async ({ origin }) => {
        const response = await fetch(origin + path, { headers });
        const { nextCursor, ...rest } = (await response.json()) as { nextCursor?: string };
        return JSON.stringify(rest);
      }),
    );
    if (new Set(answers).size !== 1)
      throw new Error(`${path} is answered differently: ${answers.join("\n")}`);
  }
}
