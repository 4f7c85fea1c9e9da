/** The processes of one copy, each with what it needs to find the others. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ProcessDescription } from "../../media-sidecar/process-description.ts";
import { mediaProcesses } from "../../media-sidecar/processes.ts";
import type { Build } from "./build.ts";
import * as edge from "./edge-processes.ts";
import type { Copy } from "./plan-copy.ts";
import { findProgram } from "./prerequisites.ts";
import { repositoryRoot } from "./repository-root.ts";
import { StartRefusal } from "./start-refusal.ts";
import type { SupervisedProcess } from "./supervised-child.ts";

export function hasher({ ports, connections, settings }: Copy, build: Build): ProcessDescription {
  return edge.hasherProcess(
    { command: workerdBinary(), build: build.hasher },
    { port: ports.hasher, internalApiKey: connections.internalApiKey, hashQueue: settings.forApi.HASH_QUEUE },
  );
}

/** One or more: each has its share of the gateways and of the sessions. */
export function rooms({ ports, connections, settings }: Copy, build: Build): SupervisedProcess[] {
  return ports.rooms.map((port, index) =>
    edge.roomsProcess({
      command: workerdBinary(),
      build: build.rooms,
      index,
      host: "127.0.0.1",
      port,
      edgeInternalUrl: connections.internalUrl,
      internalApiKey: connections.internalApiKey,
      roomsUrl: connections.roomsUrl,
      gateways: settings.gateways,
      inspectorPort: index === 0 ? settings.roomsInspectorPort : null,
    }),
  );
}

/** One or more: behind nginx they share the callers, and the first alone has PORT. Each tells what it counts inside. */
export function api({ ports, environment }: Copy, build: Build): SupervisedProcess[] {
  return ports.proxied.map((port, index) =>
    edge.apiProcess({
      name: index === 0 ? "api" : `api-${index + 1}`,
      command: workerdBinary(),
      build: build.api,
      pages: build.pages,
      proxied: `127.0.0.1:${port}`,
      ...(index === 0 ? { direct: `*:${ports.api}` } : {}),
      internal: `127.0.0.1:${ports.internal[index]!}`,
      environment,
    }),
  );
}

/** Redis and its bridge, as far as they were not given: an Upstash account needs neither, a REDIS_URL the bridge. */
export function redis({ settings, ports, connections, redisPassword }: Copy): ProcessDescription[] {
  if (settings.upstash !== null) return [];
  const server = edge.redisProcess({
    directory: join(settings.dataDirectory, "redis"),
    port: ports.redis,
    password: redisPassword,
    command: findProgram("redis-server") ?? "redis-server",
  });
  const bridge = edge.redisBridgeProcess({
    command: nodeCommand("edge/local/start-bridge.ts"),
    redisUrl: connections.redisUrl,
    token: connections.redisRest.token,
    host: "127.0.0.1",
    port: ports.redisBridge,
  });
  return settings.redisUrl === null ? [server, bridge] : [bridge];
}

export function media({ settings, ports, connections }: Copy): ProcessDescription[] {
  const nginxPath = findProgram("nginx");
  const ffmpegPath = findProgram("ffmpeg");
  return refuseOnError(() =>
    mediaProcesses({
      dataDirectory: settings.dataDirectory,
      mediaDirectory: join(settings.dataDirectory, "media"),
      httpPort: ports.http,
      rtmpPort: ports.rtmp,
      sidecarPort: ports.sidecar,
      rtmpControlPort: ports.rtmpControl,
      apiUpstream: ports.proxied.map((port) => `127.0.0.1:${port}`).join(),
      roomsUpstream: ports.rooms.map((port) => `127.0.0.1:${port}`).join(),
      edgeInternalUrl: connections.internalUrl,
      internalApiKey: connections.internalApiKey,
      corsOrigin: settings.corsOrigin,
      trustedProxies: settings.trustedProxies,
      hlsHost: settings.hlsHost,
      rtmpHost: settings.rtmpHost,
      sidecarCommand: nodeCommand("media-sidecar/sidecar.ts"),
      ...settings.mediaLimits,
      ...(settings.nodeName === null ? {} : { nodeName: settings.nodeName }),
      ...(nginxPath === null ? {} : { nginxPath }),
      ...(ffmpegPath === null ? {} : { ffmpegPath }),
    }),
  );
}

/** Its errors are sentences about a variable. */
function refuseOnError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new StartRefusal(error instanceof Error ? error.message : String(error));
  }
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
