import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { launch, type Rostrum, startRostrum } from "../support/rostrum.ts";

describe("npm start", () => {
  const started: Rostrum[] = [];
  const start = async (...options: Parameters<typeof startRostrum>) => {
    const rostrum = await startRostrum(...options);
    started.push(rostrum);
    return rostrum;
  };
  afterEach(async () => {
    for (const rostrum of started.splice(0)) await rostrum.remove();
  });

  it("prints where to watch and how to sign in, leaves nothing behind on Ctrl-C, and keeps all data", async () => {
    const first = await start({ environment: { ADMIN_PASSWORD: "", ADMIN_EMAIL: "" } }).catch(
      (error) => error,
    );
    // Without a password of ours nobody can sign in here: the harness must fail, the launcher must not.
    expect(String(first)).toContain("401");

    const rostrum = await start();
    expect(rostrum.output()).toMatch(/\/watch\/str_/);
    expect(rostrum.output()).toContain("admin@example.org");
    const event = await rostrum.admin.createEvent({ title: "It stays" });
    expect(await rostrum.stop()).toBe(0);
    expect(processesNaming(rostrum.dataDirectory)).toEqual([]);
    expect(existsSync(join(rostrum.dataDirectory, "processes.json"))).toBe(false);
    expect(readdirSync(rostrum.dataDirectory).filter((name) => name === "lock")).toEqual([]);

    const again = await start({ dataDirectory: rostrum.dataDirectory });
    expect((await again.anonymous.call<{ title: string }>("GET", `/api/events/${event.id}`)).title).toBe(
      "It stays",
    );
    expect(again.output()).not.toContain("the first admin of a test");
  });

  it("runs twice side by side, and a kill of one's launcher is cleaned up by its next start", async () => {
    const [one, two] = [await start(), await start()];
    expect((await one.anonymous.request("GET", "/api/health")).status).toBe(200);
    expect((await two.anonymous.request("GET", "/api/health")).status).toBe(200);
    const event = await one.admin.createEvent();
    expect((await two.anonymous.request("GET", `/api/events/${event.id}`)).status).toBe(404);
  });

  it("ends in one sentence when a port is taken", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "0.0.0.0", () => resolve((server.address() as { port: number }).port));
    });
    const launcher = launch({ HTTP_PORT: String(port), DATA_DIR: `/tmp/rostrum-refused-${process.pid}` });
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toMatch(new RegExp(`${port}.*HTTP_PORT|HTTP_PORT.*${port}`));
    server.close();
  });

  it.each([
    ["JWT_SECRET", "short"],
    ["HTTP_PORT", "eighty"],
    ["JWT_EXPIRES_IN", "soon"],
  ])("ends in one sentence that names %s when it is bad", async (name, value) => {
    const [httpPort, rtmpPort, port] = [await freePort(), await freePort(), await freePort()];
    const launcher = launch({
      HTTP_PORT: String(httpPort),
      RTMP_PORT: String(rtmpPort),
      PORT: String(port),
      DATA_DIR: `/tmp/rostrum-refused-${process.pid}`,
      [name]: value,
    });
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toContain(name);
    expect(launcher.output()).not.toMatch(/\n\s+at /);
  });
});

/** Command lines of processes that name the folder, as `ps` shows them. */
function processesNaming(folder: string): string[] {
  return execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(folder) && !line.startsWith("ps "));
}
