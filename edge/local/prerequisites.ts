/** The tools that npm does not carry: found, installed where that is allowed, or named with the way to get them. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { StartRefusal } from "./start-refusal.ts";

export interface Tool {
  /** As a person calls it. */
  title: string;
  /** Debian's packages. */
  packages: readonly string[];
  isPresent(): boolean;
}

const nginx: Tool = {
  title: "nginx with its RTMP module",
  packages: ["nginx-light", "libnginx-mod-rtmp"],
  isPresent: () => findProgram("nginx") !== null && existsSync("/usr/lib/nginx/modules/ngx_rtmp_module.so"),
};
const ffmpeg: Tool = program("FFmpeg", "ffmpeg", ["ffmpeg"], ["ffprobe"]);
const redis: Tool = program("Redis", "redis-server", ["redis-server"]);
const chromium: Tool = program("Chromium", "chromium", ["chromium"]);
const wrk: Tool = program("wrk", "wrk", ["wrk"]);

export const toolsToRun = { nginx, ffmpeg, redis };
export const toolsToTest = [nginx, ffmpeg, redis, chromium];
export const toolsToBench = [...toolsToTest, wrk];

function program(title: string, name: string, packages: string[], more: string[] = []): Tool {
  return {
    title,
    packages,
    isPresent: () => [name, ...more].every((entry) => findProgram(entry) !== null),
  };
}

/** What the machine allows. */
export interface Machine {
  isRoot: boolean;
  /** `ID` and `ID_LIKE` of /etc/os-release, in small letters; empty elsewhere than on Linux. */
  systems: readonly string[];
}

export type InstallPlan =
  | { kind: "nothing" }
  | { kind: "install"; titles: string; packages: string[] }
  | { kind: "refuse"; sentence: string };

/** What to do about the tools that are missing. */
export function planInstall(missing: readonly Tool[], machine: Machine): InstallPlan {
  if (missing.length === 0) return { kind: "nothing" };
  const titles = missing.map((tool) => tool.title).join(", ");
  const packages = missing.flatMap((tool) => tool.packages);
  const isDebian = machine.systems.some((system) => system === "debian" || system === "ubuntu");
  if (isDebian && machine.isRoot) return { kind: "install", titles, packages };
  const are = missing.length === 1 ? "is" : "are";
  const command = `apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  return {
    kind: "refuse",
    sentence: isDebian
      ? `${titles} ${are} missing: run \`sudo ${command}\`, then start again.`
      : `${titles} ${are} missing: install ${missing.length === 1 ? "it" : "them"} with this system's package manager (Debian's packages are ${packages.join(", ")}), or run Rostrum with docker-compose.`,
  };
}

/** Sees to it that all of `tools` are there; throws a refusal with the exact command where it may not install. */
export function provideTools(tools: readonly Tool[], say: (sentence: string) => void): void {
  const plan = planInstall(
    tools.filter((tool) => !tool.isPresent()),
    readMachine(),
  );
  if (plan.kind === "nothing") return;
  if (plan.kind === "refuse") throw new StartRefusal(plan.sentence);
  say(`Installing ${plan.titles} (apt-get) …`);
  withoutStartingServices(() => {
    apt("update");
    apt("install", "--no-install-recommends", ...plan.packages);
  });
  const stillMissing = tools.filter((tool) => !tool.isPresent());
  if (stillMissing.length > 0) {
    throw new StartRefusal(
      `${stillMissing.map((tool) => tool.title).join(", ")} could not be found after installing ${plan.packages.join(" ")}: install by hand, then start again.`,
    );
  }
}

function apt(...args: string[]): void {
  const result = spawnSync("apt-get", ["-qq", "-y", ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  const said = (result.stderr || result.error?.message || "").trim().split("\n").slice(-3).join(" ");
  throw new StartRefusal(`\`apt-get ${args.join(" ")}\` failed: ${said}`);
}

/**
 * Debian starts nginx and Redis when it installs them, on ports that somebody else may want. policy-rc.d is its own
 * way to say no (invoke-rc.d(8)); where systemd runs, the services are also kept from starting with the machine.
 */
function withoutStartingServices(install: () => void): void {
  const policy = "/usr/sbin/policy-rc.d";
  const isOurs = !existsSync(policy);
  const before = new Set(["nginx", "redis-server"].filter((name) => findProgram(name) !== null));
  if (isOurs) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
  if (!existsSync("/run/systemd/system")) return;
  for (const service of ["nginx", "redis-server"]) {
    if (!before.has(service)) spawnSync("systemctl", ["disable", "--now", service], { stdio: "ignore" });
  }
}

function readMachine(): Machine {
  let release = "";
  try {
    release = readFileSync("/etc/os-release", "utf8");
  } catch {
    // Not Linux.
  }
  const systems = [...release.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap((match) =>
    match[1]!.toLowerCase().split(/\s+/),
  );
  return { isRoot: process.getuid?.() === 0, systems };
}

/** Its path, looked for where services live too: a plain user's PATH often lacks sbin. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  for (const folder of folders) {
    if (folder === "") continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}
