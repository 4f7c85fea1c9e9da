/** The edge's long-running programs as values, for the supervisor at home and in containers. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProcessDescription } from "../../media-sidecar/process-description.ts";
import type { SupervisedProcess } from "./supervised-child.ts";

const searchPath = process.env.PATH ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface RedisServer {
  directory: string;
  port: number;
  password: string;
  command: string;
}

/** Holds only what may be lost, so nothing is written to disk. */
export function redisProcess({ directory, port, password, command }: RedisServer): ProcessDescription {
  const configuration = join(directory, "redis.conf");
  return {
    name: "redis",
    command,
    args: [configuration],
    env: { PATH: searchPath },
    async prepare() {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      // In a file and not in the arguments, which every user of the machine can read.
      const lines = [
        "bind 127.0.0.1",
        `port ${port}`,
        `requirepass ${password}`,
        `dir ${JSON.stringify(directory)}`,
        'save ""',
        "appendonly no",
        "loglevel warning",
        "maxmemory 256mb",
        "maxmemory-policy allkeys-lru",
      ];
      await writeFile(configuration, `${lines.join("\n")}\n`, { mode: 0o600 });
    },
    stopTimeoutSeconds: 5,
  };
}

export interface RedisBridge {
  /** Runs edge/local/start-bridge.ts, or what was bundled from it. */
  command: readonly [string, ...string[]];
  redisUrl: string;
  token: string;
  host: string;
  port: number;
}

export function redisBridgeProcess({
  command,
  redisUrl,
  token,
  host,
  port,
}: RedisBridge): ProcessDescription {
  return {
    name: "redis-bridge",
    command: command[0],
    args: command.slice(1),
    env: {
      PATH: searchPath,
      NODE_ENV: "production",
      REDIS_URL: redisUrl,
      UPSTASH_REDIS_REST_TOKEN: token,
      BRIDGE_HOST: host,
      BRIDGE_PORT: String(port),
    },
    ready: () => answers(`http://127.0.0.1:${port}/health`, (status) => status === 200),
    stopTimeoutSeconds: 3,
  };
}

export interface Workerd {
  /** The binary. */
  command: string;
  /** The folder that build.ts made. */
  build: string;
}

export function hasherProcess(
  { command, build }: Workerd,
  {
    port,
    internalApiKey,
    hashQueue,
  }: { port: number; internalApiKey: string; hashQueue?: string | undefined },
): ProcessDescription {
  return {
    name: "hasher",
    command,
    args: ["serve", join(build, "hasher.capnp"), `--socket-addr=http=127.0.0.1:${port}`],
    env: {
      PATH: searchPath,
      INTERNAL_API_KEY: internalApiKey,
      ...(hashQueue === undefined ? {} : { HASH_QUEUE: hashQueue }),
    },
    ready: () => answers(`http://127.0.0.1:${port}/health`, (status) => status === 200),
    stopTimeoutSeconds: 3,
  };
}

export interface Api extends Workerd {
  /** `api` when absent. */
  name?: string;
  /** The folder of the pages. */
  pages: string;
  /** `host:port` each: who comes through our nginx, who comes directly (absent: nobody does), who has the internal key. */
  proxied: string;
  direct?: string;
  internal: string;
  /** Everything that edge/api/environment.ts reads. */
  environment: Readonly<Record<string, string>>;
}

export function apiProcess(api: Api): SupervisedProcess {
  const port = api.proxied.slice(api.proxied.lastIndexOf(":") + 1);
  return {
    name: api.name ?? "api",
    command: api.command,
    args: [
      ...["serve", join(api.build, "api.capnp")],
      `--socket-addr=proxied=${api.proxied}`,
      // One that is not given stands on a port of 127.0.0.1 that the system chooses and nobody is told of.
      ...(api.direct === undefined ? [] : [`--socket-addr=direct=${api.direct}`]),
      `--socket-addr=internal=${api.internal}`,
      `--directory-path=pages=${api.pages}`,
    ],
    env: { PATH: searchPath, ...api.environment },
    // Healthy or not: what it depends on may still be starting.
    ready: () => answers(`http://127.0.0.1:${port}/api/health`, (status) => status === 200 || status === 503),
    stopTimeoutSeconds: 2,
    drains: true,
  };
}

export interface Rooms extends Workerd {
  /** Its place among the addresses in `roomsUrl`. */
  index: number;
  host: string;
  port: number;
  edgeInternalUrl: string;
  internalApiKey: string;
  /** How gateways reach session and event rooms: every process's address, separated by commas. */
  roomsUrl: string;
  gateways: number;
  /** Where V8's inspector listens, on the loopback alone: whoever reaches it may run code. */
  inspectorPort?: number | null;
}

export function roomsProcess(rooms: Rooms): SupervisedProcess {
  return {
    name: rooms.index === 0 ? "rooms" : `rooms-${rooms.index + 1}`,
    command: rooms.command,
    args: [
      "serve",
      join(rooms.build, "rooms.capnp"),
      `--socket-addr=http=${rooms.host}:${rooms.port}`,
      ...(rooms.inspectorPort ? [`--inspector-addr=127.0.0.1:${rooms.inspectorPort}`] : []),
    ],
    env: {
      PATH: searchPath,
      EDGE_INTERNAL_URL: rooms.edgeInternalUrl,
      INTERNAL_API_KEY: rooms.internalApiKey,
      ROOMS_URL: rooms.roomsUrl,
      GATEWAYS: String(rooms.gateways),
      ROOM_PROCESS: String(rooms.index),
    },
    ready: () => answers(`http://127.0.0.1:${rooms.port}/health`, (status) => status === 200),
    stopTimeoutSeconds: 2,
    drains: true,
  };
}

async function answers(url: string, accept: (status: number) => boolean): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return accept(response.status);
  } catch {
    return false;
  }
}
