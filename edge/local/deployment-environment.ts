import { EnvironmentError, parseEnvironment } from "../api/environment.ts";
import { connectionStringFrom } from "../db/connection-string.ts";
import { StartRefusal } from "./start-refusal.ts";

/**
 * A deployment's variables, complete: without the empty ones that compose hands on, with DATABASE_URL made of its
 * parts where it is not set itself, and with `more`. Throws a refusal with a line for every one that is missing,
 * weak or wrong; nothing makes up a secret here.
 */
export function deploymentEnvironment(
  variables: Record<string, string | undefined>,
  more: Record<string, string> = {},
): Record<string, string> {
  const given = Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  const databaseUrl = connectionStringFrom(given);
  if (databaseUrl === null) {
    throw new StartRefusal(
      "DB_PASSWORD is not set: choose a password for the database, or set DATABASE_URL.",
    );
  }
  const environment = {
    ...given,
    DATABASE_URL: databaseUrl,
    // Given empty is worse than not given, and parseEnvironment says so.
    ...(variables.INTERNAL_API_KEY === undefined ? {} : { INTERNAL_API_KEY: variables.INTERNAL_API_KEY }),
    ...more,
  };
  try {
    parseEnvironment(environment);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new StartRefusal(error.message);
  }
  return environment;
}
