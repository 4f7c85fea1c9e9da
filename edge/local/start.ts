/** A whole Rostrum on this machine: what `npm start` runs. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mediaProcesses } from "../../media-sidecar/processes.ts";
import { EnvironmentError, parseEnvironment } from "../api/environment.ts";
import { migrateDatabase } from "../db/migrate.ts";
import type { FirstStart, Urls } from "./banner.ts";
import { type Build, buildEverything } from "./build.ts";
import {
  apiProcess,
  hasherProcess,
  redisBridgeProcess,
  redisProcess,
  roomsProcess,
} from "./edge-processes.ts";
import { embeddedDatabaseUrl, prepareEmbeddedDatabase } from "./embedded-database.ts";
import { apiEnvironment, type Connections, type Ports, planConnections } from "./plan-copy.ts";
import { chooseFreePort, requireFreePorts } from "./ports.ts";
import { findProgram, provideTools, toolsToRun } from "./prerequisites.ts";
import { chooseDatabaseDirectory } from "./reachable-directory.ts";
import { repositoryRoot } from "./repository-root.ts";
import { takeDataDirectory } from "./running-copy.ts";
import { keepSecrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";
import type { ChildOutput } from "./supervised-child.ts";
import { Supervisor } from "./supervisor.ts";

export interface StartOptions {
  /** Lines of the children, and what the supervisor says about them. */
  write: (output: ChildOutput) => void;
  /** Steps of the start that a person should know of. */
  say: (sentence: string) => void;
  /** Ends a start that is under way; the promise then rejects. */
  signal?: AbortSignal;
}

export interface RunningRostrum {
  urls: Urls;
  /** Null when the data were there before. */
  firstStart: FirstStart | null;
  ports: Ports;
  /** Process ids by name, of those that run now. */
  pids(): Record<string, number>;
  /** Ends everything in order and gives DATA_DIR back. */
  stop(): Promise<void>;
  /** SIGKILL to everything, at once. */
  kill(): void;
}

/**
 * Starts everything and resolves when each part serves. Throws StartRefusal, with nothing left running, when
 * something a person can mend is in the way.
 */
export async function startRostrum(settings: Settings, options: StartOptions): Promise<RunningRostrum> {
  const { record, release } = await takeDataDirectory(settings.dataDirectory, options.say);
  const supervisor = new Supervisor({ write: options.write, record });
  const stop = async () => {
    await supervisor.stop();
    release();
  };
  const stopEarly = () => void supervisor.stop();
  options.signal?.addEventListener("abort", stopEarly);
  try {
    const ports = await choosePorts(settings);
    const copy = await plan(settings, ports);
    provideTools(Object.values(toolsToRun), options.say);
    const build = await buildEverything(options.say);
    await startEdge(supervisor, copy, build, options.say);
    for (const description of mediaDescriptions(copy)) await supervisor.start(description);
    return {
      urls: describeUrls(settings, null),
      firstStart: null,
      ports,
      pids: () => supervisor.pids(),
      stop,
      kill: () => supervisor.kill(),
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", stopEarly);
  }
}

interface Copy {
  settings: Settings;
  ports: Ports;
  connections: Connections;
  environment: Record<string, string>;
  redisPassword: string;
  /** Null when a DATABASE_URL was given. */
  embedded: { directory: string; port: number; password: string } | null;
}

async function choosePorts(settings: Settings): Promise<Ports> {
  await requireFreePorts([
    { variable: "HTTP_PORT", port: settings.httpPort, host: null },
    { variable: "RTMP_PORT", port: settings.rtmpPort, host: null },
    { variable: "PORT", port: settings.apiPort, host: null },
    ...(settings.internalPort === null
      ? []
      : [{ variable: "INTERNAL_PORT", port: settings.internalPort, host: "127.0.0.1" }]),
  ]);
  const taken = new Set([settings.httpPort, settings.rtmpPort, settings.apiPort]);
  return {
    http: settings.httpPort,
    rtmp: settings.rtmpPort,
    api: settings.apiPort,
    internal: settings.internalPort ?? (await chooseFreePort(taken)),
    proxied: await chooseFreePort(taken),
    rooms: await chooseFreePort(taken),
    hasher: await chooseFreePort(taken),
    redis: await chooseFreePort(taken),
    redisBridge: await chooseFreePort(taken),
    postgres: await chooseFreePort(taken),
    sidecar: await chooseFreePort(taken),
    rtmpControl: await chooseFreePort(taken),
  };
}

async function plan(settings: Settings, ports: Ports): Promise<Copy> {
  const secrets = keepSecrets(settings.dataDirectory);
  const embedded =
    settings.databaseUrl === null
      ? {
          directory: chooseDatabaseDirectory(settings.dataDirectory, process.getuid?.() === 0),
          port: ports.postgres,
          password: secrets.databasePassword,
        }
      : null;
  const databaseUrl = embedded === null ? "" : embeddedDatabaseUrl(embedded);
  const connections = planConnections(settings, ports, secrets, databaseUrl);
  const environment = apiEnvironment(settings, ports, connections);
  try {
    // Now, rather than by a Worker that answers 503 for ever.
    parseEnvironment(environment);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new StartRefusal(error.message.replace(/(?<![.])$/gm, "."));
  }
  return { settings, ports, connections, environment, redisPassword: secrets.redisPassword, embedded };
}

/** The edge: storage first, then what stands on it; independent parts at the same time. */
async function startEdge(
  supervisor: Supervisor,
  copy: Copy,
  build: Build,
  say: StartOptions["say"],
): Promise<void> {
  const { connections, ports, settings } = copy;
  const workerd = workerdBinary();
  await Promise.all([
    startDatabase(supervisor, copy, say),
    startRedis(supervisor, copy),
    supervisor.start(
      hasherProcess(
        { command: workerd, build: build.hasher },
        {
          port: ports.hasher,
          internalApiKey: connections.internalApiKey,
          hashQueue: settings.forApi.HASH_QUEUE,
        },
      ),
    ),
    supervisor.start(
      roomsProcess({
        command: workerd,
        build: build.rooms,
        host: "127.0.0.1",
        port: ports.rooms,
        edgeInternalUrl: connections.internalUrl,
        internalApiKey: connections.internalApiKey,
        roomsUrl: connections.roomsUrl,
        gateways: settings.gateways,
      }),
    ),
  ]);
  await supervisor.start(
    apiProcess({
      command: workerd,
      build: build.api,
      pages: build.pages,
      direct: `*:${ports.api}`,
      proxied: `127.0.0.1:${ports.proxied}`,
      internal: `127.0.0.1:${ports.internal}`,
      environment: copy.environment,
    }),
  );
}

async function startDatabase(supervisor: Supervisor, copy: Copy, say: StartOptions["say"]): Promise<void> {
  if (copy.embedded !== null) {
    const { directory } = copy.embedded;
    if (!directory.startsWith(copy.settings.dataDirectory)) {
      say(`The database lives in ${directory}, because DATA_DIR is closed to the user it runs as.`);
    }
    await supervisor.start(await prepareEmbeddedDatabase(copy.embedded));
  }
  await migrateDatabase(copy.connections.databaseUrl);
}

async function startRedis(supervisor: Supervisor, { settings, ports, connections, redisPassword }: Copy) {
  if (settings.upstash !== null) return;
  if (settings.redisUrl === null) {
    await supervisor.start(
      redisProcess({
        directory: join(settings.dataDirectory, "redis"),
        port: ports.redis,
        password: redisPassword,
        command: findProgram("redis-server") ?? "redis-server",
      }),
    );
  }
  await supervisor.start(
    redisBridgeProcess({
      command: nodeCommand("edge/local/start-bridge.ts"),
      redisUrl: connections.redisUrl,
      token: connections.redisRest.token,
      host: "127.0.0.1",
      port: ports.redisBridge,
    }),
  );
}

function mediaDescriptions({ settings, ports, connections }: Copy) {
  const nginxPath = findProgram("nginx");
  const ffmpegPath = findProgram("ffmpeg");
  return mediaProcesses({
    dataDirectory: settings.dataDirectory,
    mediaDirectory: join(settings.dataDirectory, "media"),
    httpPort: ports.http,
    rtmpPort: ports.rtmp,
    sidecarPort: ports.sidecar,
    rtmpControlPort: ports.rtmpControl,
    apiUpstream: `127.0.0.1:${ports.proxied}`,
    roomsUpstream: `127.0.0.1:${ports.rooms}`,
    edgeInternalUrl: connections.internalUrl,
    internalApiKey: connections.internalApiKey,
    corsOrigin: settings.corsOrigin,
    trustedProxies: settings.trustedProxies,
    hlsHost: settings.hlsHost,
    rtmpHost: settings.rtmpHost,
    sidecarCommand: nodeCommand("media-sidecar/sidecar.ts"),
    ...(settings.nodeName === null ? {} : { nodeName: settings.nodeName }),
    ...(nginxPath === null ? {} : { nginxPath }),
    ...(ffmpegPath === null ? {} : { ffmpegPath }),
  });
}

function describeUrls({ httpPort, rtmpPort, apiPort }: Settings, demoStreamId: string | null): Urls {
  const home = `http://localhost:${httpPort}`;
  return {
    home: `${home}/`,
    watch: demoStreamId === null ? null : `${home}/watch/${demoStreamId}`,
    api: `http://localhost:${apiPort}/api`,
    documentation: `${home}/api/docs`,
    ingest: `rtmp://localhost:${rtmpPort}/live`,
  };
}

/** Runs one of our TypeScript programs; absolute, for a process has a working directory of its own. */
function nodeCommand(program: string): readonly [string, ...string[]] {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return [process.execPath, "--import", loader, join(repositoryRoot, program)];
}

/** The binary itself: its package's `bin` may be a script that starts it, and signals would end the script alone. */
function workerdBinary(): string {
  return (createRequire(import.meta.url)("workerd") as { default: string }).default;
}
