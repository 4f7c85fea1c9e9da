import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Event } from "../../edge/protocol/events.ts";
import { ApiClient } from "../support/api-client.ts";
import { freePort } from "../support/free-port.ts";
import { launch, type Rostrum, startRostrum } from "../support/rostrum.ts";
import { waitFor } from "../support/wait-for.ts";

const refusedDirectory = join(tmpdir(), `rostrum-refused-${process.pid}`);

async function freePorts(): Promise<Record<"HTTP_PORT" | "RTMP_PORT" | "PORT", string>> {
  const [http, rtmp, api] = await Promise.all([freePort(), freePort(), freePort()]);
  return { HTTP_PORT: String(http), RTMP_PORT: String(rtmp), PORT: String(api) };
}

describe("npm start", () => {
  const started: Rostrum[] = [];
  const start = async (...options: Parameters<typeof startRostrum>) => {
    const rostrum = await startRostrum(...options);
    started.push(rostrum);
    return rostrum;
  };
  afterEach(async () => {
    for (const rostrum of started.splice(0)) await rostrum.remove();
    await rm(refusedDirectory, { recursive: true, force: true });
  });

  it("prints where to watch and the first admin's credentials, once", async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), "rostrum-first-start-"));
    const ports = await freePorts();
    const url = `http://127.0.0.1:${ports.HTTP_PORT}`;
    const first = launch({ ...ports, DATA_DIR: dataDirectory });
    await waitFor("the words of welcome", () => first.output().includes("Ctrl-C"), { timeoutSeconds: 120 });
    const [, watchPath] = /Watch +http:\/\/localhost:\d+(\/watch\/\S+)/.exec(first.output())!;
    const [, email] = /Admin +(\S+)/.exec(first.output())!;
    const [, password] = /Password +(\S+)/.exec(first.output())!;
    const [, streamKey] = /Stream key +(\S+)/.exec(first.output())!;
    expect((await fetch(url + watchPath!)).status).toBe(200);
    await new ApiClient(url).login(email!, password!);
    expect(await first.stop()).toBe(0);

    const second = launch({ ...ports, DATA_DIR: dataDirectory });
    await waitFor("the words of welcome", () => second.output().includes("Ctrl-C"), { timeoutSeconds: 120 });
    expect(second.output()).toContain(watchPath);
    for (const secret of [password!, streamKey!]) expect(second.output()).not.toContain(secret);
    await new ApiClient(url).login(email!, password!);
    expect(await second.stop()).toBe(0);
    await rm(dataDirectory, { recursive: true });
  });

  it("leaves nothing behind on Ctrl-C, and keeps all data", async () => {
    const rostrum = await start();
    const event = await rostrum.admin.createEvent({ title: "It stays" });
    expect(await rostrum.stop()).toBe(0);
    expect(processesNaming(rostrum.dataDirectory)).toEqual([]);
    expect(readdirSync(rostrum.dataDirectory)).not.toContain("lock");
    expect(readdirSync(rostrum.dataDirectory)).not.toContain("processes.json");

    const again = await start({ dataDirectory: rostrum.dataDirectory });
    expect((await again.anonymous.call<Event>("GET", `/api/events/${event.id}`)).title).toBe("It stays");
  });

  it("runs twice side by side, each with data of its own", async () => {
    const [one, two] = [await start(), await start()];
    const event = await one.admin.createEvent();
    expect((await one.anonymous.request("GET", `/api/events/${event.id}`)).status).toBe(200);
    expect((await two.anonymous.request("GET", `/api/events/${event.id}`)).status).toBe(404);
  });

  it("refuses a data folder in use, and takes over one whose launcher was killed, ending what it left", async () => {
    const first = await start();
    const event = await first.admin.createEvent();
    const intruder = launch({ ...(await freePorts()), DATA_DIR: first.dataDirectory });
    expect(await intruder.ended).toBe(1);
    expect(intruder.output()).toContain("is in use by another copy");

    await first.abandon();
    expect(processesNaming(first.dataDirectory).length).toBeGreaterThan(0);
    const next = await start({ dataDirectory: first.dataDirectory });
    expect((await next.anonymous.request("GET", `/api/events/${event.id}`)).status).toBe(200);
    expect(await next.stop()).toBe(0);
    expect(processesNaming(first.dataDirectory)).toEqual([]);
  });

  it("ends in one sentence when a port is taken", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "0.0.0.0", () => resolve((server.address() as { port: number }).port));
    });
    const launcher = launch({ ...(await freePorts()), HTTP_PORT: String(port), DATA_DIR: refusedDirectory });
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toMatch(new RegExp(`${port}.*HTTP_PORT|HTTP_PORT.*${port}`));
    server.close();
  });

  it.each([
    ["JWT_SECRET", "short"],
    ["HTTP_PORT", "eighty"],
    ["JWT_EXPIRES_IN", "soon"],
  ])("ends in one sentence that names %s when it is bad", async (name, value) => {
    const launcher = launch({ ...(await freePorts()), DATA_DIR: refusedDirectory, [name]: value });
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toContain(name);
    expect(launcher.output()).not.toMatch(/\n\s+at /);
  });
});

/** Command lines of running processes that name the folder. */
function processesNaming(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(pid))
    .filter((line) => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // It has ended meanwhile.
  }
}
