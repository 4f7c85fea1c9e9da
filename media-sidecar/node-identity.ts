import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { identifierPrefixes, newIdentifier } from "../edge/protocol/identifier.ts";

/** This machine's id among media machines: from its name, or random and kept in the data directory. */
export async function nodeIdentity(nodeName: string | null, dataDirectory: string): Promise<string> {
  if (nodeName !== null) return `${identifierPrefixes.mediaNode}_${nodeName}`;
  const path = join(dataDirectory, "sidecar", "node-id");
  const kept = (await readFile(path, "utf8").catch(() => "")).trim();
  if (/^nod_[A-Za-z0-9_-]{1,60}$/.test(kept)) return kept;
  const made = newIdentifier("mediaNode");
  await mkdir(join(dataDirectory, "sidecar"), { recursive: true });
  await writeFile(path, made);
  return made;
}
