import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
// The plain build, also in workerd (under nodejs_compat): it measured faster there than the package's own
// `workerd` build. An alias in wrangler.toml tells the bundler.
import postgres from "postgres";

/** Drizzle's query builder; a transaction handle is one too, so queries take `Database` and run in either. */
export type Database = Omit<PostgresJsDatabase, "$client">;

export interface OpenDatabase {
  db: Database;
  /** Waits for running queries, at most `timeoutSeconds`, then closes every connection. */
  close(timeoutSeconds?: number): Promise<void>;
}

export interface DatabaseOptions {
  /** Connections at most; opened when first needed. */
  maxConnections?: number;
  /** Shown by PostgreSQL in pg_stat_activity. */
  name?: string;
  /** After how long without use a connection is closed; 0 or absent: never. */
  idleSeconds?: number;
  /** A statement that runs longer is cancelled by the server. Set per connection, so not through Hyperdrive. */
  statementTimeoutSeconds?: number;
}

/**
 * Opens a pool. Nothing is connected before the first query.
 *
 * Parameters in raw `sql` templates: drizzle hands them to the driver as they are, so a `Date` must be given as
 * `toISOString()` and a list as JSON (`jsonb_array_elements_text`, `jsonb_to_recordset`): array types are not
 * fetched from the server.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): OpenDatabase {
  const client = postgres(url, {
    max: options.maxConnections ?? 5,
    fetch_types: false,
    connect_timeout: 5,
    ...(options.idleSeconds ? { idle_timeout: options.idleSeconds } : {}),
    // Recycling by age would close connections under a quiet pool for no gain here.
    max_lifetime: null,
    onnotice: () => {},
    connection: {
      application_name: options.name ?? "rostrum",
      ...(options.statementTimeoutSeconds
        ? { statement_timeout: options.statementTimeoutSeconds * 1000 }
        : {}),
    },
  });
  return {
    db: drizzle(client),
    close: (timeoutSeconds = 5) => client.end({ timeout: timeoutSeconds }),
  };
}
