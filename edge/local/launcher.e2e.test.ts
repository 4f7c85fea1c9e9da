import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { freePort } from "../../testing/support/free-port.ts";
import { launch, type Rostrum, startRostrum } from "../../testing/support/rostrum.ts";
import { processStart } from "./process-identity.ts";

const started: Rostrum[] = [];
const start = async (dataDirectory?: string) => {
  const rostrum = await startRostrum(dataDirectory === undefined ? {} : { dataDirectory });
  started.push(rostrum);
  return rostrum;
};
afterEach(async () => {
  for (const rostrum of started.splice(0)) await rostrum.remove();
});

const readJson = async (...path: string[]) => JSON.parse(await readFile(join(...path), "utf8"));

it("refuses a second copy on the same data, and recovers from kill -9 of the first", async () => {
  const first = await start();
  const event = await first.admin.createEvent({ title: "It survives" });
  const launcher: { pid: number } = await readJson(first.dataDirectory, "lock");
  const children: Record<string, { pid: number }> = await readJson(first.dataDirectory, "processes.json");
  expect(Object.keys(children).sort()).toEqual([
    "api",
    "hasher",
    "nginx-http",
    "nginx-rtmp",
    "postgres",
    "redis",
    "redis-bridge",
    "rooms",
    "sidecar",
  ]);

  const [httpPort, rtmpPort, port] = [await freePort(), await freePort(), await freePort()];
  const second = launch({
    DATA_DIR: first.dataDirectory,
    HTTP_PORT: String(httpPort),
    RTMP_PORT: String(rtmpPort),
    PORT: String(port),
  });
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`in use by another copy (process ${launcher.pid})`);

  process.kill(launcher.pid, "SIGKILL");
  await expect.poll(() => processStart(launcher.pid)).toBeNull();
  const again = await start(first.dataDirectory);
  expect(again.output()).toContain("ended what it left running");
  const alive = Object.entries(children).filter(([, { pid }]) => processStart(pid) !== null);
  expect(alive.map(([name]) => name)).toEqual([]);
  const kept = await again.anonymous.call<{ title: string }>("GET", `/api/events/${event.id}`);
  expect(kept.title).toBe("It survives");
});
