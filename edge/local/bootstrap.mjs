// The door of every npm script. Plain JavaScript without dependencies, because it runs before anything is installed:
// it brings the packages up to the lock file, then hands over to TypeScript in this same process, so that signals and
// exit codes need no forwarding.
//
//   node edge/local/bootstrap.mjs start|test|check|bench|gate:rooms|gate:kills|gate:analytics|build|import|admin [arguments for the command]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const commands = [
  "start",
  "test",
  "check",
  "bench",
  "gate:rooms",
  "gate:kills",
  "gate:analytics",
  "build",
  "import",
  "admin",
];
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

/** `npm ci` when what is installed is not what the lock file says. */
function installPackages() {
  if (matchesLockFile()) return;
  const release = waitForTurn();
  try {
    // Another start may have installed them while this one waited.
    if (matchesLockFile()) return;
    process.stderr.write("Installing packages (npm ci) …\n");
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const result = spawnSync(npm, ["ci", "--no-audit", "--no-fund"], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      // A deployment's NODE_ENV=production would leave packages out if they ever became development ones.
      env: { ...process.env, NODE_ENV: "development" },
    });
    if (result.error) refuse(`npm could not be run (${result.error.message}): install npm beside Node.`);
    if (result.status !== 0) refuse("The packages could not be installed: see npm's message above.");
  } finally {
    release();
  }
}

/** Package by package and version by version; those that are optional may be for other machines. */
function matchesLockFile() {
  // npm writes it last, so an interrupted installation has none.
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(hidden, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || installed[path]?.version === entry.version,
  );
}

/** Two starts in one checkout must not run `npm ci` over each other. Answers what ends the turn. */
function waitForTurn() {
  const path = join(root, ".build", "installing");
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      const release = () => rmSync(path, { force: true });
      process.once("exit", release);
      return release;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isHeld(path)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    else rmSync(path, { force: true });
  }
}

/** Whether the process that the file names still runs. */
function isHeld(path) {
  try {
    const holder = readFileSync(path, "utf8");
    // Empty: just being written.
    if (holder !== "") process.kill(Number(holder), 0);
    return true;
  } catch {
    return false;
  }
}
