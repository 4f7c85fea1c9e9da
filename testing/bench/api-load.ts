/** Load by wrk, one thread of it, with what it costs: on a small machine the generator is part of the weather. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { processorSeconds } from "./processor-time.ts";

export interface Request {
  path: string;
  token?: string;
  body?: string;
}

export interface Load {
  origin: string;
  method: "GET" | "POST";
  /** Sent in turn, from the first again after the last. */
  requests: readonly Request[];
  connections: number;
  seconds: number;
  /** Repeats refusals in the error; costs time for each answer. */
  explains?: boolean;
  /** Of the processes that answer, whose processor time is counted. */
  pids: readonly number[];
}

export interface LoadResult {
  perSecond: number;
  p95Ms: number;
  /** Shares of one core: what generates the load, and what answers it. */
  generatorCores: number;
  serverCores: number;
  /** Processor time of those that answer, for one request. */
  serverMicroseconds: number;
}

/** Throws when anything but a success was answered. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), "rostrum-load-"));
  try {
    const scene = join(folder, "requests");
    const lines = load.requests.map(({ path, token = "", body = "" }) => `${path}\t${token}\t${body}`);
    await writeFile(scene, `${[load.method, ...lines].join("\n")}\n`);
    const used = () => load.pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
    const before = used();
    const began = performance.now();
    const { stdout } = await promisify(execFile)("sh", ["-c", '"$@"; times', "sh", ...wrkCommand(load)], {
      env: {
        PATH: process.env.PATH ?? "",
        LC_ALL: "C",
        SCENE: scene,
        ...(load.explains ? { EXPLAIN: "1" } : {}),
      },
    });
    const seconds = (performance.now() - began) / 1000;
    return readReport(stdout, seconds, used() - before);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function wrkCommand({ origin, connections, seconds }: Load): string[] {
  const script = fileURLToPath(new URL("./api-requests.lua", import.meta.url));
  const counts = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "60s"];
  return ["wrk", ...counts, "-s", script, origin];
}

function readReport(report: string, seconds: number, serverSeconds: number): LoadResult {
  const find = (pattern: RegExp) => pattern.exec(report);
  const [, total, elapsed] = find(/(\d+) requests in ([\d.]+)s/) ?? [];
  const p95 = find(/^p95 ([\d.]+)$/m)?.[1];
  // The second line of `times`: user and system time of what the shell ran.
  const times = find(/(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/)
    ?.slice(1)
    .map(Number);
  const failed = find(/Non-2xx or 3xx responses: \d+|Socket errors: .*/)?.[0];
  if (failed !== undefined || !total || !elapsed || !p95 || !times) {
    throw new Error(`the load was not answered as it should be: ${report}`);
  }
  const [userMinutes = 0, user = 0, systemMinutes = 0, system = 0] = times;
  return {
    perSecond: Number(total) / Number(elapsed),
    p95Ms: Number(p95),
    generatorCores: ((userMinutes + systemMinutes) * 60 + user + system) / seconds,
    serverCores: serverSeconds / seconds,
    serverMicroseconds: (serverSeconds / Number(total)) * 1e6,
  };
}
