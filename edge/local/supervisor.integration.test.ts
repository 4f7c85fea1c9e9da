import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProcessDescription } from "../../media-sidecar/process-description.ts";
import { processStart } from "./process-identity.ts";
import { endOrphans, ProcessRecord } from "./process-record.ts";
import type { ChildOutput } from "./supervised-child.ts";
import { Supervisor } from "./supervisor.ts";

let directory: string;
let recordPath: string;
let supervisor: Supervisor;
let output: ChildOutput[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-supervisor-"));
  recordPath = join(directory, "processes.json");
  output = [];
  supervisor = new Supervisor({
    write: (line) => output.push(line),
    record: new ProcessRecord(recordPath),
    backoff: { firstSeconds: 0.02, largestSeconds: 0.08 },
  });
});

afterEach(async () => {
  await supervisor.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A child that runs the given script of Node. */
function script(name: string, code: string, more: Partial<ProcessDescription> = {}): ProcessDescription {
  return { name, command: process.execPath, args: ["-e", code], env: { DIRECTORY: directory }, ...more };
}

const idle = "setInterval(() => {}, 1000)";
const heard = (name: string, source: ChildOutput["source"]) =>
  output.filter((line) => line.process === name && line.source === source).map((line) => line.text);
const isAlive = (pid: number) => processStart(pid) !== null;

describe("the supervisor", () => {
  it("waits until a child is ready", async () => {
    const started = script("slow", `setTimeout(() => console.log("serving"), 100); ${idle}`, {
      ready: async () => heard("slow", "stdout").includes("serving"),
    });
    await supervisor.start(started);
    expect(heard("slow", "stdout")).toEqual(["serving"]);
    expect(isAlive(supervisor.pids().slow!)).toBe(true);
  });

  it("starts a killed child again and says so", async () => {
    await supervisor.start(script("victim", idle));
    const first = supervisor.pids().victim!;
    process.kill(first, "SIGKILL");
    await expect.poll(() => supervisor.pids().victim ?? first).not.toBe(first);
    expect(heard("victim", "supervisor")[0]).toBe("was ended by SIGKILL; starting it again in 0.02 s");
  });

  it("prepares a child before each of its lives", async () => {
    let preparations = 0;
    const prepare = async () => {
      preparations++;
    };
    await supervisor.start(script("prepared", idle, { prepare }));
    process.kill(supervisor.pids().prepared!, "SIGKILL");
    await expect.poll(() => preparations).toBe(2);
  });

  it("waits longer each time for a child that keeps dying", async () => {
    await supervisor.start(script("flapping", "setTimeout(() => process.exit(7), 60)"));
    await expect
      .poll(() => heard("flapping", "supervisor").filter((text) => text !== "is back").length)
      .toBe(4);
    expect(heard("flapping", "supervisor").filter((text) => text !== "is back")).toEqual([
      "ended with exit code 7; starting it again in 0.02 s",
      "ended with exit code 7; starting it again in 0.04 s",
      "ended with exit code 7; starting it again in 0.08 s",
      "ended with exit code 7; starting it again in 0.08 s",
    ]);
  });

  it("refuses with the child's last words when it never gets ready", async () => {
    const broken = script("broken", 'console.error("no such directory"); process.exit(3)', {
      ready: async () => false,
    });
    await expect(supervisor.start(broken)).rejects.toThrow(
      "broken cannot start: it ended with exit code 3; it last said: no such directory",
    );
  });

  it("refuses when the program is missing", async () => {
    const missing: ProcessDescription = { name: "missing", command: "/no/such/program", args: [], env: {} };
    await expect(supervisor.start(missing)).rejects.toThrow(/missing cannot start: it could not be run/);
  });

  it("passes on only the named environment", async () => {
    await supervisor.start(script("bare", `console.log(Object.keys(process.env).join()); ${idle}`));
    await expect.poll(() => heard("bare", "stdout")).toEqual(["DIRECTORY"]);
  });

  it("stops children in reverse order and lets them finish", async () => {
    const polite = (name: string) =>
      script(
        name,
        `process.on("SIGTERM", () => setTimeout(() => {
          require("fs").appendFileSync(process.env.DIRECTORY + "/order", "${name} ");
          process.exit(0);
        }, 30)); console.log("up"); ${idle}`,
        { ready: async () => heard(name, "stdout").includes("up") },
      );
    for (const name of ["first", "second", "third"]) await supervisor.start(polite(name));
    await supervisor.stop();
    expect(await readFile(join(directory, "order"), "utf8")).toBe("third second first ");
    expect(supervisor.pids()).toEqual({});
  });

  it("kills a child that will not end, with its own children", async () => {
    const stubborn = script(
      "stubborn",
      `process.on("SIGTERM", () => {});
       const child = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(idle)}]);
       console.log(child.pid); ${idle}`,
      { ready: async () => heard("stubborn", "stdout").length > 0, stopTimeoutSeconds: 0.2 },
    );
    await supervisor.start(stubborn);
    const pids = [supervisor.pids().stubborn!, Number(heard("stubborn", "stdout")[0])];
    await supervisor.stop();
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });

  it("ends what a killed child leaves behind before it starts it again", async () => {
    const parent = script(
      "parent",
      `const child = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(idle)}]);
       console.log(child.pid); ${idle}`,
      { ready: async () => heard("parent", "stdout").length > 0 },
    );
    await supervisor.start(parent);
    const grandchild = Number(heard("parent", "stdout")[0]);
    process.kill(supervisor.pids().parent!, "SIGKILL");
    await expect.poll(() => isAlive(grandchild)).toBe(false);
  });

  it("can be stopped while a child is still starting", async () => {
    const starting = supervisor.start(script("never", idle, { ready: async () => false }));
    const outcome = expect(starting).rejects.toThrow("never was stopped before it was ready.");
    await expect.poll(() => supervisor.pids().never).toBeDefined();
    await supervisor.stop();
    await outcome;
  });

  it("notes its children, so that a later launcher ends what a killed one left", async () => {
    await supervisor.start(script("orphan", idle));
    const pid = supervisor.pids().orphan!;
    // Read by another launcher, as after SIGKILL of the first; this one must not bring the child back meanwhile.
    const ending = endOrphans(recordPath);
    const stopping = supervisor.stop();
    expect(await ending).toEqual(["orphan"]);
    await stopping;
    expect(isAlive(pid)).toBe(false);
    expect(await endOrphans(recordPath)).toEqual([]);
  });
});
