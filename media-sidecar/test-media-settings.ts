import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../testing/support/free-port.ts";
import type { MediaSettings } from "./processes.ts";

/** Ports and a folder of its own; the caller removes `dataDirectory`. */
export async function testMediaSettings(more: Partial<MediaSettings> = {}): Promise<MediaSettings> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "rostrum media-"));
  // So that nginx's workers run as they do in the container, not as root.
  await chmod(dataDirectory, 0o755);
  const [httpPort, rtmpPort, sidecarPort, rtmpControlPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  return {
    dataDirectory,
    mediaDirectory: join(dataDirectory, "media"),
    httpPort,
    rtmpPort,
    sidecarPort,
    rtmpControlPort,
    apiUpstream: "127.0.0.1:9",
    roomsUpstream: "127.0.0.1:9",
    edgeInternalUrl: "http://127.0.0.1:9",
    internalApiKey: "test-internal-key",
    corsOrigin: "*",
    trustedProxies: "",
    hlsHost: `localhost:${httpPort}`,
    rtmpHost: "localhost",
    nodeName: "test",
    // More than any test asks for: a measurement at each start would cost seconds, and its answer depends on the machine.
    encoder: "libx264",
    encodingCapacity: 1e12,
    sidecarCommand: [
      process.execPath,
      "--import",
      import.meta.resolve("tsx"),
      fileURLToPath(new URL("./sidecar.ts", import.meta.url)),
    ],
    ...more,
  };
}
