import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort, freePortsInARow } from "../../testing/support/free-port.ts";
import { choosePorts } from "./choose-ports.ts";
import { parseSettings } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";

const settings = async (more: Record<string, string>) =>
  parseSettings({
    HTTP_PORT: String(await freePort()),
    RTMP_PORT: String(await freePort()),
    PORT: String(await freePort()),
    ...more,
  });

test("each process of the API has an internal port: from INTERNAL_PORT on, one behind the other", async () => {
  const first = await freePortsInARow(3);
  const ports = await choosePorts(await settings({ INTERNAL_PORT: String(first), API_PROCESSES: "3" }));
  expect(ports.internal).toEqual([first, first + 1, first + 2]);
  const chosen = await choosePorts(await settings({ API_PROCESSES: "3" }));
  expect(new Set([...chosen.internal, ...chosen.proxied]).size).toBe(6);
});

test("an internal port that is taken, or beyond the last there is, is said before anything starts", async () => {
  const first = await freePortsInARow(2);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(first + 1, "127.0.0.1", resolve));
  try {
    const taken = choosePorts(await settings({ INTERNAL_PORT: String(first), API_PROCESSES: "2" }));
    await expect(taken).rejects.toThrow(`Port ${first + 1} (INTERNAL_PORT) is already in use`);
  } finally {
    server.close();
  }
  const beyond = choosePorts(await settings({ INTERNAL_PORT: "65535", API_PROCESSES: "2" }));
  await expect(beyond).rejects.toThrow(StartRefusal);
});
