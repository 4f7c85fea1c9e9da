import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort, freePortsInARow } from "../../testing/support/free-port.ts";
import { choosePorts } from "./choose-ports.ts";
import { parseSettings } from "./settings.ts";

test("a port that a second process of the API would have and somebody else has is named before anything starts", async () => {
  const [first, others] = [await freePortsInARow(2), await Promise.all([freePort(), freePort(), freePort()])];
  const [HTTP_PORT, RTMP_PORT, PORT] = others.map(String);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(first + 1, "127.0.0.1", resolve));
  try {
    const settings = { HTTP_PORT, RTMP_PORT, PORT, INTERNAL_PORT: String(first), API_PROCESSES: "2" };
    const refused = choosePorts(parseSettings(settings));
    await expect(refused).rejects.toThrow(`Port ${first + 1} (INTERNAL_PORT) is already in use`);
  } finally {
    server.close();
  }
});
