/** PostgreSQL from npm's packages, for a start without a DATABASE_URL. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findPostgresBinaries } from "./postgres-binaries.ts";
import { postgresAnswers } from "./postgres-ready.ts";
import { StartRefusal } from "./start-refusal.ts";
import type { SupervisedProcess } from "./supervised-child.ts";
import { type SystemUser, unprivilegedUser } from "./unprivileged-user.ts";

export interface EmbeddedDatabase {
  /** Absolute; made when absent. */
  directory: string;
  port: number;
  password: string;
}

const user = "rostrum";
const database = "rostrum";

export function embeddedDatabaseUrl({ port, password }: EmbeddedDatabase): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/** Makes the cluster when there is none, and describes the server's process. */
export async function prepareEmbeddedDatabase(settings: EmbeddedDatabase): Promise<SupervisedProcess> {
  const runAs = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  const binaries = await findPostgresBinaries(runAs !== undefined);
  const { directory, port } = settings;
  if (!existsSync(join(directory, "PG_VERSION"))) await createCluster(settings, binaries, runAs);
  return {
    name: "postgres",
    command: join(binaries, "postgres"),
    args: [
      ...["-D", directory, "-p", String(port)],
      ...options({
        listen_addresses: "127.0.0.1",
        // Another copy's socket could stand in a shared folder, and nobody needs one.
        unix_socket_directories: "",
        max_connections: "200",
        log_checkpoints: "off",
        // Values of rows stand in the details of an error, and a log is no place for them.
        log_error_verbosity: "terse",
        log_min_error_statement: "panic",
        log_line_prefix: "",
        timezone: "UTC",
      }),
    ],
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C", TZ: "UTC" },
    cwd: directory,
    ...(runAs === undefined ? {} : { runAs }),
    ready: () => postgresAnswers(port, user, database),
    // "Fast": ends sessions and writes a checkpoint. TERM would wait until every client has gone by itself.
    stopSignal: "SIGINT",
    stopTimeoutSeconds: 20,
  };
}

/** In a folder beside the final one, so that an interrupted start leaves nothing that looks like a database. */
async function createCluster(
  { directory, password }: EmbeddedDatabase,
  binaries: string,
  runAs: SystemUser | undefined,
): Promise<void> {
  const draft = `${directory}.new`;
  const passwordFile = `${directory}.password`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runAs !== undefined) for (const path of [draft, passwordFile]) await chown(path, runAs.uid, runAs.gid);
  try {
    await run(
      join(binaries, "initdb"),
      [
        ...["-D", draft, "-U", user, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"],
        // The same order of text on every machine, whatever locales it has.
        ...["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
      ],
      runAs,
    );
    // Single-user mode: no server has to be started, stopped and waited for, to create one database.
    await run(
      join(binaries, "postgres"),
      ["--single", "-D", draft, "postgres"],
      runAs,
      `CREATE DATABASE ${database};\n`,
    );
    await rename(draft, directory);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function run(command: string, args: string[], runAs: SystemUser | undefined, input = ""): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(runAs ?? {}),
      cwd: "/",
      env: { PATH: process.env.PATH ?? "", LC_ALL: "C", TZ: "UTC" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        said = (said + chunk).slice(-4000);
      });
    }
    child.once("error", (error) => reject(new StartRefusal(`PostgreSQL cannot be run: ${error.message}.`)));
    child.once("close", (code) =>
      code === 0
        ? resolve()
        : reject(new StartRefusal(`The database could not be created (exit code ${code}): ${said.trim()}`)),
    );
    child.stdin.end(input);
  });
}

function options(values: Record<string, string>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
