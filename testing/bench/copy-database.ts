import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { embeddedDatabaseUrl } from "../../edge/local/embedded-database.ts";
import { keepSecrets } from "../../edge/local/secrets.ts";
import type { Rostrum } from "../support/rostrum.ts";

/** Of a copy that was started without one: its password from its secrets, its port from the server's own note. */
export async function databaseUrlOf({ dataDirectory }: Rostrum): Promise<string> {
  const directory = join(dataDirectory, "postgres");
  const note = await readFile(join(directory, "postmaster.pid"), "utf8");
  const { databasePassword: password } = keepSecrets(dataDirectory);
  return embeddedDatabaseUrl({ directory, port: Number(note.split("\n")[3]), password });
}
