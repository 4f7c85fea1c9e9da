import type { Ports } from "./plan-copy.ts";
import { freePortsOf, requireFreePorts } from "./ports.ts";
import type { Settings } from "./settings.ts";

/** Ports that were set must be free; the rest are chosen. Throws a refusal that names the one that is not. */
export async function choosePorts(settings: Settings): Promise<Ports> {
  await requireFreePorts([
    { variable: "HTTP_PORT", port: settings.httpPort, host: null },
    { variable: "RTMP_PORT", port: settings.rtmpPort, host: null },
    { variable: "PORT", port: settings.apiPort, host: null },
    ...(settings.internalPort === null
      ? []
      : [{ variable: "INTERNAL_PORT", port: settings.internalPort, host: "127.0.0.1" }]),
  ]);
  const chooseFreePort = freePortsOf(
    settings.httpPort,
    new Set([settings.httpPort, settings.rtmpPort, settings.apiPort]),
  );
  return {
    http: settings.httpPort,
    rtmp: settings.rtmpPort,
    api: settings.apiPort,
    internal: settings.internalPort ?? (await chooseFreePort()),
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

async function several(count: number, choose: () => Promise<number>): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await choose());
  return ports;
}
