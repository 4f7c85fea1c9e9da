import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

const RunningAddress = v.object({
  /** The HTTP API, from this machine. */
  apiUrl: v.string(),
  databaseUrl: v.string(),
  jwtSecret: v.string(),
});
/** How the operator's other commands reach the copy that runs in a data folder. */
export type RunningAddress = v.InferOutput<typeof RunningAddress>;

/** Readable by its owner alone; answers what removes it. */
export function keepAddress(dataDirectory: string, address: RunningAddress): () => void {
  const path = pathIn(dataDirectory);
  const draft = `${path}.draft`;
  writeFileSync(draft, JSON.stringify(address), { mode: 0o600 });
  renameSync(draft, path);
  return () => rmSync(path, { force: true });
}

/** Null when no copy runs there, as far as the folder says. */
export function readAddress(dataDirectory: string): RunningAddress | null {
  try {
    return v.parse(RunningAddress, JSON.parse(readFileSync(pathIn(dataDirectory), "utf8")));
  } catch {
    return null;
  }
}

function pathIn(dataDirectory: string): string {
  return join(dataDirectory, "running.json");
}
