import { connectionStringFrom } from "../db/connection-string.ts";
import { readAddress } from "./running-address.ts";
import { parseSettings } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";

/** DATABASE_URL or its parts where set, else the database of the copy that runs in DATA_DIR. */
export function findDatabase(environment: Record<string, string | undefined>): string {
  const given = connectionStringFrom(environment);
  if (given !== null) return given;
  const { dataDirectory } = parseSettings(environment);
  const address = readAddress(dataDirectory);
  if (address !== null) return address.databaseUrl;
  throw new StartRefusal(
    `No copy runs in ${dataDirectory}: start it first (npm start), name its folder with DATA_DIR, or set DATABASE_URL.`,
  );
}
