import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { Seeded } from "../db/seed.ts";
import type { FirstStart } from "./banner.ts";

const Pending = v.object({
  adminEmail: v.string(),
  adminPassword: v.nullable(v.string()),
  demoStreamKey: v.nullable(v.string()),
});

/**
 * Holds what the first start made until it has been shown: a start that fails after the database was filled must not
 * leave an admin whose password nobody ever saw.
 */
export function keepFirstStart(
  dataDirectory: string,
  created: Seeded["created"],
  passwordWasGiven: boolean,
): { pending: FirstStart | null; forget: () => void } {
  const path = join(dataDirectory, "first-start.json");
  if (created !== null) {
    const first: FirstStart = {
      adminEmail: created.adminEmail,
      adminPassword: passwordWasGiven ? null : created.adminPassword,
      demoStreamKey: created.streamKey,
    };
    writeFileSync(path, JSON.stringify(first), { mode: 0o600 });
  }
  return { pending: read(path), forget: () => rmSync(path, { force: true }) };
}

function read(path: string): FirstStart | null {
  try {
    return v.parse(Pending, JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}
