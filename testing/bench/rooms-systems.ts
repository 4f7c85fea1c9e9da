/** The two systems that the rooms' benchmark compares, and what each of their processes costs. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readAddress } from "../../edge/local/running-address.ts";
import type { CrowdSettings } from "../load/crowd.ts";
import type { Rostrum } from "../support/rostrum.ts";
import { type Peer, startSocketIoPeer } from "./peers/peer-process.ts";
import { childrenOf, processorSeconds } from "./processor-time.ts";

export interface RoomsSystem {
  name: string;
  wire: CrowdSettings["wire"];
  origin: string;
  /** The processes that hold sockets, and those behind and before them, by what they do. */
  processes(): Promise<Record<string, number[]>>;
  /** Of `processes`, the one that holds the sockets. */
  holder: string;
}

export function rostrumSystem(rostrum: Rostrum): RoomsSystem {
  return {
    name: "Rostrum",
    wire: "rostrum",
    origin: rostrum.url,
    holder: "rooms",
    processes: async () => {
      const record = await readRecord(rostrum);
      const named = (pattern: RegExp) =>
        Object.entries(record).flatMap(([name, { pid }]) => (pattern.test(name) ? [pid] : []));
      return {
        rooms: named(/^rooms/),
        api: named(/^api/),
        nginx: named(/^nginx-http$/).flatMap((pid) => [pid, ...childrenOf(pid)]),
        postgres: await postgresPids(rostrum),
      };
    },
  };
}

export async function socketIoSystem(rostrum: Rostrum): Promise<{ system: RoomsSystem; peer: Peer }> {
  const { databaseUrl, jwtSecret } = addressOf(rostrum);
  const peer = await startSocketIoPeer(databaseUrl, jwtSecret);
  return {
    peer,
    system: {
      name: "Socket.IO (peer)",
      wire: "socket.io",
      origin: peer.origin,
      holder: "node",
      processes: async () => ({ node: [peer.pid], postgres: await postgresPids(rostrum) }),
    },
  };
}

export function addressOf({ dataDirectory }: Rostrum) {
  const address = readAddress(dataDirectory);
  if (address === null) throw new Error(`nothing runs in ${dataDirectory}`);
  return address;
}

async function readRecord({ dataDirectory }: Rostrum) {
  const text = await readFile(join(dataDirectory, "processes.json"), "utf8");
  return JSON.parse(text) as Record<string, { pid: number }>;
}

/** The server and a process for each connection. */
async function postgresPids(rostrum: Rostrum): Promise<number[]> {
  const { postgres } = await readRecord(rostrum);
  return postgres === undefined ? [] : [postgres.pid, ...childrenOf(postgres.pid)];
}

/** Runs `work`; beside its result, the seconds of processor time that each kind of process used meanwhile. */
export async function withCosts<T>(
  system: RoomsSystem,
  work: () => Promise<T>,
): Promise<{ result: T; cores: Record<string, number>; seconds: number }> {
  const before = await usedSeconds(system);
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const after = await usedSeconds(system);
  const cores: Record<string, number> = {};
  for (const [name, pids] of Object.entries(after)) {
    const used = [...pids].reduce((sum, [pid, now]) => sum + now - (before[name]?.get(pid) ?? 0), 0);
    cores[name] = used / seconds;
  }
  return { result, cores, seconds };
}

async function usedSeconds(system: RoomsSystem): Promise<Record<string, Map<number, number>>> {
  const processes = Object.entries(await system.processes());
  return Object.fromEntries(
    processes.map(([name, pids]) => [name, new Map(pids.flatMap((pid) => secondsOf(pid)))]),
  );
}

/** Nothing of a process that has just ended. */
function secondsOf(pid: number): [number, number][] {
  try {
    return [[pid, processorSeconds(pid)]];
  } catch {
    return [];
  }
}

/** Resident memory of the processes that hold the sockets, and of those before them, in bytes. */
export async function residentBytes(system: RoomsSystem): Promise<Record<string, number>> {
  const processes = Object.entries(await system.processes());
  const sizes = processes.map(async ([name, pids]) => {
    const each = await Promise.all(pids.map(residentOf));
    return [name, each.reduce((sum, bytes) => sum + bytes, 0)] as const;
  });
  return Object.fromEntries(await Promise.all(sizes));
}

async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
