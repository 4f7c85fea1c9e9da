import type { Ports } from "./plan-copy.ts";
import { chooseFreePort, requireFreePorts } from "./ports.ts";
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
  const taken = new Set([settings.httpPort, settings.rtmpPort, settings.apiPort]);
  return {
    http: settings.httpPort,
    rtmp: settings.rtmpPort,
    api: settings.apiPort,
    internal: settings.internalPort ?? (await chooseFreePort(taken)),
    proxied: await chooseFreePorts(settings.apiProcesses, taken),
    rooms: await chooseFreePorts(settings.roomProcesses, taken),
    hasher: await chooseFreePort(taken),
    redis: await chooseFreePort(taken),
    redisBridge: await chooseFreePort(taken),
    postgres: await chooseFreePort(taken),
    sidecar: await chooseFreePort(taken),
    rtmpControl: await chooseFreePort(taken),
  };
}

async function chooseFreePorts(count: number, taken: Set<number>): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await chooseFreePort(taken));
  return ports;
}
