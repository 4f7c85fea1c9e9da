/** What bootstrap.mjs runs once the packages are there. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runAdmin } from "./admin.ts";
import { buildEverything } from "./build.ts";
import type { ProgressOutput } from "./import-progress.ts";
import { runImport } from "./import-users.ts";
import { findProgram, provideTools, toolsToBench, toolsToRun, toolsToTest } from "./prerequisites.ts";
import { repositoryRoot } from "./repository-root.ts";
import { runStart } from "./run-start.ts";
import { StartRefusal } from "./start-refusal.ts";

export async function runCommand(command: string, extra: readonly string[]): Promise<void> {
  try {
    process.exitCode = await commands[command]!(extra);
  } catch (error) {
    // A refusal is a sentence for a person; anything else is a defect and shown whole.
    process.stderr.write(error instanceof StartRefusal ? `${error.message}\n` : `${describe(error)}\n`);
    process.exitCode = 1;
  }
  // Kept-alive connections of readiness checks would hold the process for some seconds.
  process.exit();
}

const say = (sentence: string) => {
  process.stderr.write(`${sentence}\n`);
};

const print = (text: string) => {
  process.stdout.write(`${text}\n`);
};

/** The bar is for a person, so it is drawn on standard error, and only where that is a terminal. */
function terminalOutput(): ProgressOutput {
  const { stderr } = process;
  return { print, draw: stderr.isTTY ? (text) => void stderr.write(`\r\u001b[K${text}`) : null };
}

const commands: Record<string, (extra: readonly string[]) => Promise<number>> = {
  async start() {
    await runStart(process.env);
    return 0;
  },
  async build() {
    const build = await buildEverything(say);
    for (const [part, path] of Object.entries(build)) say(`${part.padEnd(7)} ${path}`);
    return 0;
  },
  async check(extra) {
    const steps = [
      ["@biomejs/biome/bin/biome", "check", "--error-on-warnings"],
      ["typescript/bin/tsc", "-p", "."],
      ["vitest/vitest.mjs", "run", "--project", "unit", ...extra],
    ];
    for (const step of steps) {
      const code = await runTool(step);
      if (code !== 0) return code;
    }
    return 0;
  },
  async test(extra) {
    provideTools(toolsToTest, say);
    await buildEverything(say);
    return runTool(["vitest/vitest.mjs", "run", ...extra]);
  },
  async bench(extra) {
    provideTools(toolsToBench, say);
    await buildEverything(say);
    return runNode(["--import", "tsx", "testing/bench/run.ts", ...extra]);
  },
  async "gate:rooms"(extra) {
    provideTools(Object.values(toolsToRun), say);
    await buildEverything(say);
    return runNode(["--import", "tsx", "testing/load/gate.ts", ...extra]);
  },
  async "gate:kills"(extra) {
    provideTools(Object.values(toolsToRun), say);
    await buildEverything(say);
    return runNode(["--import", "tsx", "testing/kills/gate.ts", ...extra]);
  },
  async "gate:analytics"(extra) {
    provideTools(Object.values(toolsToRun), say);
    await buildEverything(say);
    return runNode(["--import", "tsx", "testing/simulation/gate.ts", ...extra]);
  },
  import: (extra) => runImport(extra, process.env, terminalOutput()),
  admin: (extra) => runAdmin(extra, process.env, print),
};

/** A package's own program, given by its path below node_modules. */
function runTool([script = "", ...args]: readonly string[]): Promise<number> {
  const path = join(repositoryRoot, "node_modules", script);
  if (!existsSync(path)) throw new StartRefusal(`${script} is missing from node_modules: run \`npm ci\`.`);
  return runNode([path, ...args]);
}

/** In the foreground with our terminal; signals are passed on, and a signal's end is told as shells tell it. */
function runNode(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const sbin = ["nginx", "redis-server"].map(findProgram).some((path) => path?.includes("/sbin/") === true);
    const child = spawn(process.execPath, args, {
      cwd: repositoryRoot,
      stdio: "inherit",
      env: sbin
        ? { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin` }
        : process.env,
    });
    const passOn = (signal: NodeJS.Signals) => child.kill(signal);
    // The terminal sends Ctrl-C to the child as well; here it is only kept from ending us first.
    const signals: Record<string, (signal: NodeJS.Signals) => void> = {
      SIGINT: process.stdin.isTTY ? () => {} : passOn,
      SIGTERM: passOn,
      SIGHUP: passOn,
    };
    for (const [signal, handler] of Object.entries(signals)) process.on(signal, handler);
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
