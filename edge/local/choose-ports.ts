import type { Ports } from "./plan-copy.ts";
import { freePortsOf, requireFreePorts } from "./ports.ts";
import type { Settings } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";

/** Ports that were set must be free; the rest are chosen. Throws a refusal that names the one that is not. */
export async function choosePorts(settings: Settings): Promise<Ports> {
  const internal = internalPortsOf(settings);
  await requireFreePorts([
    { variable: "HTTP_PORT", port: settings.httpPort, host: null },
    { variable: "RTMP_PORT", port: settings.rtmpPort, host: null },
    { variable: "PORT", port: settings.apiPort, host: null },
    ...internal.map((port) => ({ variable: "INTERNAL_PORT", port, host: "127.0.0.1" })),
  ]);
  const chooseFreePort = freePortsOf(
    settings.httpPort,
    new Set([settings.httpPort, settings.rtmpPort, settings.apiPort, ...internal]),
  );
  return {
    http: settings.httpPort,
    rtmp: settings.rtmpPort,
    api: settings.apiPort,
    internal: internal.length > 0 ? internal : await several(settings.apiProcesses, chooseFreePort),
    proxied: await several(settings.apiProcesses, chooseFreePort),
    rooms: await several(settings.roomProcesses, chooseFreePort),
    hasher: await chooseFreePort(),
    redis: await chooseFreePort(),
    redisBridge: await chooseFreePort(),
    postgres: await chooseFreePort(),
    sidecar: await chooseFreePort(),
    rtmpControl: await chooseFreePort(),
  };
}

/** INTERNAL_PORT and those behind it, one for each API process; none when it was not set. Throws a refusal beyond 65535. */
export function internalPortsOf({
  internalPort,
  apiProcesses,
}: Pick<Settings, "internalPort" | "apiProcesses">): number[] {
  if (internalPort === null) return [];
  if (internalPort + apiProcesses > 65_536) {
    throw new StartRefusal(
      `INTERNAL_PORT and the ports behind it are those of ${apiProcesses} API processes (API_PROCESSES): ${internalPort} leaves too few.`,
    );
  }
  return Array.from({ length: apiProcesses }, (_, index) => internalPort + index);
}

async function several(count: number, choose: () => Promise<number>): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await choose());
  return ports;
}
