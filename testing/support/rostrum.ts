import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../house/source-files.ts";
import { ApiClient } from "./api-client.ts";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

export type ProcessName =
  | "postgres"
  | "redis"
  | "redis-bridge"
  | "hasher"
  | "api"
  | "api-2"
  | "rooms"
  | "rooms-2"
  | "nginx-rtmp"
  | "nginx-http"
  | "sidecar";

export interface Rostrum {
  readonly url: string;
  /** PORT: the API itself, without nginx before it. */
  readonly apiUrl: string;
  /** `rtmp://127.0.0.1:<port>/live`, to which `/<stream key>` is added. */
  readonly ingestUrl: string;
  readonly dataDirectory: string;
  readonly anonymous: ApiClient;
  readonly admin: ApiClient;
  /** All that the launcher and its children printed so far. */
  output(): string;
  /** Of the process running now under that name. */
  pidOf(name: ProcessName): Promise<number>;
  /** `kill -9`; resolves when another process runs under the name. */
  killAndAwaitReturn(name: ProcessName): Promise<void>;
  /** `kill -9` of the launcher itself, which leaves its children behind. */
  abandon(): Promise<void>;
  /** Ctrl-C. Resolves with the exit code of the launcher; keeps the data. */
  stop(): Promise<number | null>;
  /** Stops it, if it runs, and removes its data. */
  remove(): Promise<void>;
}

export interface RostrumOptions {
  /** An earlier copy's, to start again on its data. */
  dataDirectory?: string;
  environment?: Record<string, string>;
}

export const adminEmail = "admin@example.org";
export const adminPassword = "the first admin of a test";

/** A port that was free may be somebody's when it is listened on: then others are taken. */
const mostStarts = 3;

/** Starts a whole Rostrum as `npm start` does, on free ports and with data of its own, and waits until it is healthy. */
export async function startRostrum(options: RostrumOptions = {}): Promise<Rostrum> {
  const dataDirectory = options.dataDirectory ?? (await makeDataDirectory());
  for (let starts = 1; ; starts++) {
    const copy = await launchCopy(dataDirectory, options.environment);
    try {
      await untilHealthy(copy);
      return await running(copy);
    } catch (error) {
      await copy.launcher.stop();
      const output = copy.launcher.output();
      if (starts < mostStarts && /^Port \d+ \(\w+\) is already in use/m.test(output)) continue;
      throw new Error(`${String(error)}\n${output.slice(-6000)}`);
    }
  }
}

interface LaunchedCopy {
  launcher: Launcher;
  dataDirectory: string;
  url: string;
  apiUrl: string;
  ingestUrl: string;
}

async function launchCopy(
  dataDirectory: string,
  environment: Record<string, string> = {},
): Promise<LaunchedCopy> {
  const [httpPort, rtmpPort, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const launcher = launch({
    DATA_DIR: dataDirectory,
    HTTP_PORT: String(httpPort),
    RTMP_PORT: String(rtmpPort),
    PORT: String(port),
    ADMIN_EMAIL: adminEmail,
    ADMIN_PASSWORD: adminPassword,
    LOG_FORMAT: "json",
    // Not measured: that is seconds of each start, and an answer that depends on what else runs beside the test.
    ENCODER: "libx264",
    ENCODING_CAPACITY: "1000000000000",
    ...environment,
  });
  return {
    launcher,
    dataDirectory,
    url: `http://127.0.0.1:${httpPort}`,
    apiUrl: `http://127.0.0.1:${port}`,
    ingestUrl: `rtmp://127.0.0.1:${rtmpPort}/live`,
  };
}

/** Throws as soon as the launcher has ended instead. */
async function untilHealthy({ launcher, url }: LaunchedCopy): Promise<void> {
  const healthy = async () => launcher.exitCode !== null || (await fetch(`${url}/api/health`)).status === 200;
  await waitFor("Rostrum is healthy", healthy, { timeoutSeconds: 120 });
  if (launcher.exitCode !== null) throw new Error(`the launcher ended with ${launcher.exitCode}`);
}

async function running({ launcher, ...copy }: LaunchedCopy): Promise<Rostrum> {
  const { dataDirectory } = copy;
  const anonymous = new ApiClient(copy.url);
  return {
    ...copy,
    anonymous,
    admin: await anonymous.login(adminEmail, adminPassword),
    output: launcher.output,
    pidOf: (name) => pidOf(dataDirectory, name),
    killAndAwaitReturn: async (name) => {
      const pid = await pidOf(dataDirectory, name);
      process.kill(pid, "SIGKILL");
      await waitFor(`another ${name} runs`, async () => (await pidOf(dataDirectory, name)) !== pid, {
        timeoutSeconds: 60,
      });
    },
    abandon: async () => {
      process.kill(launcher.pid, "SIGKILL");
      await launcher.ended;
    },
    stop: launcher.stop,
    remove: async () => {
      await launcher.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** Open to the user that PostgreSQL runs as: else its files would stand in /var/lib, where `remove` leaves them. */
async function makeDataDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "rostrum-test-"));
  await chmod(directory, 0o755);
  return directory;
}

export interface Launcher {
  output(): string;
  readonly pid: number;
  readonly exitCode: number | null;
  readonly ended: Promise<number | null>;
  stop(): Promise<number | null>;
}

/** `npm start` without npm: the launcher with nothing but `environment` and what finds programs. */
export function launch(environment: Record<string, string>): Launcher {
  const child: ChildProcess = spawn(process.execPath, ["edge/local/bootstrap.mjs", "start"], {
    cwd: repositoryRoot,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    output: () => output,
    pid: child.pid ?? 0,
    get exitCode() {
      return child.exitCode;
    },
    ended,
    stop: () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGINT");
      return ended;
    },
  };
}

async function pidOf(dataDirectory: string, name: ProcessName): Promise<number> {
  return waitFor(`${name} runs`, async () => {
    const record = JSON.parse(await readFile(join(dataDirectory, "processes.json"), "utf8")) as Record<
      string,
      { pid: number }
    >;
    return record[name]?.pid;
  });
}
