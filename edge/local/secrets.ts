import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { StartRefusal } from "./start-refusal.ts";

const Secrets = v.object({
  jwtSecret: v.string(),
  internalApiKey: v.string(),
  databasePassword: v.string(),
  redisPassword: v.string(),
  redisRestToken: v.string(),
});
/** What a copy at home makes up for itself once. */
export type Secrets = v.InferOutput<typeof Secrets>;

/** Reads them, or makes them on the first start: `secrets.json`, readable by its owner alone. */
export function keepSecrets(dataDirectory: string): Secrets {
  const path = join(dataDirectory, "secrets.json");
  const kept = read(path);
  if (kept !== null) return kept;
  const make = () => randomBytes(32).toString("base64url");
  const secrets: Secrets = {
    jwtSecret: make(),
    internalApiKey: make(),
    databasePassword: make(),
    redisPassword: make(),
    redisRestToken: make(),
  };
  const draft = `${path}.draft`;
  writeFileSync(draft, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  renameSync(draft, path);
  return secrets;
}

function read(path: string): Secrets | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  // Made anew, the database could not be opened any more: better to stop and let somebody look.
  try {
    return v.parse(Secrets, JSON.parse(text));
  } catch {
    throw new StartRefusal(
      `${path} is damaged: restore it from a backup, or start with another DATA_DIR if nothing in this one is needed.`,
    );
  }
}
