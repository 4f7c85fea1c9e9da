/** Starts a Worker under plain workerd for tests, bundled as for production, on ports of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { freePort } from "../../testing/support/free-port.ts";

export interface TestWorker {
  /** Base URL of the default entry, and of the one named `internal` where there is one. */
  url: string;
  internalUrl: string;
  /** What it wrote so far. */
  output(): string;
  stop(): Promise<void>;
}

export interface TestWorkerSettings {
  /** The entry module, relative to edge/api. */
  entry: string;
  variables: Record<string, string>;
  objects: { binding: string; className: string }[];
  hasInternalEntry: boolean;
  /** The connection string of a HYPERDRIVE binding, which at Cloudflare is an object of that shape. */
  hyperdrive?: string;
  /** PEM of authorities that are trusted besides the usual ones. */
  trustedCertificates?: string[];
}

export const workerJwtSecret = "a secret for tests only, long enough";

/** The whole API on that database (null: another way is in `more`), with what it does not start without; its internal key is "internal". */
export function startApiWorker(
  databaseUrl: string | null,
  variables: Record<string, string> = {},
  more: Partial<TestWorkerSettings> = {},
): Promise<TestWorker> {
  return startTestWorker({
    entry: "worker.ts",
    variables: {
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
      JWT_SECRET: workerJwtSecret,
      INTERNAL_API_KEY: "internal",
      ROOMS_URL: "http://127.0.0.1:9",
      UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9",
      UPSTASH_REDIS_REST_TOKEN: "none",
      ...variables,
    },
    objects: [
      { binding: "PUBLIC_API_HOST", className: "PublicApiHost" },
      { binding: "INTERNAL_API_HOST", className: "InternalApiHost" },
    ],
    hasInternalEntry: true,
    ...more,
  });
}

/** A request as it stands in `text`, on a socket of its own: written when this resolves. Nobody reads the answer. */
export function sendRaw({ url }: TestWorker, text: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => {
      socket.write(text, () => resolve(socket));
    });
    socket.on("error", reject);
  });
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const nodeModules = ["net", "tls", "crypto", "stream", "perf_hooks", "os", "fs"];

export async function startTestWorker(settings: TestWorkerSettings): Promise<TestWorker> {
  const folder = await mkdtemp(join(tmpdir(), "rostrum-test-worker-"));
  await build({
    entryPoints: [join(root, "edge/api", settings.entry)],
    outfile: join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker"],
    external: ["node:*", "cloudflare:*", ...nodeModules],
    alias: { postgres: join(root, "node_modules/postgres/src/index.js") },
    logLevel: "warning",
  });
  const [port, internalPort] = [await freePort(), await freePort()];
  await writeFile(join(folder, "worker.capnp"), configuration(settings, port, internalPort));
  const child = spawn(join(root, "node_modules/.bin/workerd"), ["serve", join(folder, "worker.capnp")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const worker: TestWorker = {
    url: `http://127.0.0.1:${port}`,
    internalUrl: `http://127.0.0.1:${internalPort}`,
    output: () => output,
    stop: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await untilListening(worker, child);
  return worker;
}

function configuration(settings: TestWorkerSettings, port: number, internalPort: number): string {
  const text = JSON.stringify;
  const internal = settings.hasInternalEntry
    ? `( name = "internal", address = "127.0.0.1:${internalPort}", http = (), service = ( name = "main", entrypoint = "internal" ) ),`
    : "";
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "main", worker = .worker ),
    ( name = "internet", network = ( allow = ["public", "private"], tlsOptions = ( trustBrowserCas = true,
      trustedCertificates = [${(settings.trustedCertificates ?? []).map((pem) => text(pem)).join(", ")}] ) ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "main" ), ${internal} ],
);
const worker :Workerd.Worker = (
  modules = [ ( name = "worker", esModule = embed "worker.js" ) ],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ["nodejs_compat"],
  bindings = [
    ${Object.entries(settings.variables)
      .map(([name, value]) => `( name = ${text(name)}, text = ${text(value)} ),`)
      .join("\n    ")}
    ${settings.hyperdrive ? `( name = "HYPERDRIVE", json = ${text(text({ connectionString: settings.hyperdrive }))} ),` : ""}
    ${settings.objects.map(({ binding, className }) => `( name = ${text(binding)}, durableObjectNamespace = ${text(className)} ),`).join("\n    ")}
  ],
  durableObjectNamespaces = [
    ${settings.objects.map(({ className }) => `( className = ${text(className)}, uniqueKey = ${text(className)}, preventEviction = true ),`).join("\n    ")}
  ],
  durableObjectStorage = ( inMemory = void ),
);
`;
}

async function untilListening(worker: TestWorker, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`workerd ended: ${worker.output()}`);
    const answered = await fetch(worker.url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}
