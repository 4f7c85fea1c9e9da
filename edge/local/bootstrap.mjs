// The door of every npm script. Plain JavaScript without dependencies, because it runs before anything is installed:
// it brings the packages up to the lock file, then hands over to TypeScript in this same process, so that signals and
// exit codes need no forwarding.
//
//   node edge/local/bootstrap.mjs start|test|check|bench|build [arguments for the command]
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const commands = ["start", "test", "check", "bench", "build"];
const [command = "", ...extra] = process.argv.slice(2);

function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  refuse(`Rostrum needs Node 20.19 or newer, and this is ${process.versions.node}: install a newer Node.`);
}
if (!commands.includes(command)) {
  refuse(`"${command}" is not a command: use one of ${commands.join(", ")}.`);
}

process.chdir(root);
installPackages();

const { register } = await import("tsx/esm/api");
register();
const { runCommand } = await import("./cli.ts");
await runCommand(command, extra);

/** `npm ci` when packages are missing or the lock file has changed since it last ran here. */
function installPackages() {
  const lockFile = join(root, "package-lock.json");
  const stamp = join(root, "node_modules", ".rostrum-lock-hash");
  const wanted = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : null;
  if (installed === wanted) return;
  if (installed === null && matchesLockFile(lockFile)) {
    // Installed by hand with npm: nothing to do again.
    writeFileSync(stamp, wanted);
    return;
  }
  process.stderr.write("Installing packages (npm ci) …\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = spawnSync(npm, ["ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    // A deployment's NODE_ENV=production would leave packages out if they ever became development ones.
    env: { ...process.env, NODE_ENV: "development" },
  });
  if (result.error) refuse(`npm could not be run (${result.error.message}): install npm beside Node.`);
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) refuse("The packages could not be installed: see npm's message above.");
  writeFileSync(stamp, wanted);
}

/** Does what npm says it has installed equal the lock file, package by package, optional ones of other platforms aside? */
function matchesLockFile(lockFile) {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(lockFile, "utf8")).packages;
  const installed = JSON.parse(readFileSync(hidden, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || installed[path]?.version === entry.version,
  );
}
