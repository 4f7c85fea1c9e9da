import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
// The plain build, also in workerd (under nodejs_compat): it measured faster there than the package's own
// `workerd` build. An alias in wrangler.toml tells the bundler.
import postgres from "postgres";
import { prepareStatements } from "./prepared-statements.ts";
import { type StatementListener, timeStatements } from "./timed-statements.ts";

/** Drizzle's query builder; a transaction handle is one too, so queries take `Database` and run in either. */
export type Database = Omit<PostgresJsDatabase, "$client">;

export interface OpenDatabase {
  db: Database;
  /** Waits for running queries, at most `timeoutSeconds`, then closes every connection. */
  close(timeoutSeconds?: number): Promise<void>;
}

export interface DatabaseOptions {
  /** Connections at most; opened when first needed, and kept. */
  maxConnections?: number;
  /** Shown by PostgreSQL in pg_stat_activity. */
  name?: string;
  /** A statement that runs longer is cancelled by the server. Set per connection, so not through Hyperdrive. */
  statementTimeoutSeconds?: number;
  onStatement?: StatementListener;
}

interface Pool {
  client: postgres.Sql;
  db: Database;
}

/** A retired pool takes no new work after the first, and is cut after both; its statements are short. */
const retireAfterMs = 1000;
const cutAfterSeconds = 2;

/**
 * Opens a pool. Nothing is connected before the first query.
 *
 * Parameters in raw `sql` templates: drizzle hands them to the driver as they are, so a `Date` must be given as
 * `toISOString()` and a list as JSON (`jsonb_array_elements_text`, `jsonb_to_recordset`): array types are not
 * fetched from the server.
 *
 * A connection that closes retires its whole pool, and the next query opens another. The driver (3.4.9) cannot be
 * trusted to connect again by itself: where a write was buffered when the socket died, that connection never writes
 * again and each query on it ends in CONNECT_TIMEOUT; and while the server is away its growing pauses would keep
 * callers waiting, where a refusal now and a connection at once later are wanted.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): OpenDatabase {
  let isClosed = false;
  let pool = openPool(url, options, retire);

  function retire(retired: Pool): void {
    if (isClosed || retired !== pool) return;
    pool = openPool(url, options, retire);
    setTimeout(() => void retired.client.end({ timeout: cutAfterSeconds }).catch(() => {}), retireAfterMs);
  }

  return {
    db: new Proxy({} as Database, {
      get(_target, property) {
        const current = pool.db;
        const value: unknown = Reflect.get(current, property, current);
        return typeof value === "function" ? value.bind(current) : value;
      },
    }),
    async close(timeoutSeconds = 5) {
      isClosed = true;
      await pool.client.end({ timeout: timeoutSeconds });
    },
  };
}

function openPool(url: string, options: DatabaseOptions, onClose: (pool: Pool) => void): Pool {
  const client = postgres(url, {
    max: options.maxConnections ?? 5,
    fetch_types: false,
    connect_timeout: 5,
    // Recycling by age would retire the pool every half hour for no gain.
    max_lifetime: null,
    onnotice: () => {},
    onclose: () => onClose(pool),
    connection: {
      application_name: options.name ?? "rostrum",
      ...(options.statementTimeoutSeconds
        ? { statement_timeout: options.statementTimeoutSeconds * 1000 }
        : {}),
    },
  });
  prepareStatements(client);
  if (options.onStatement) timeStatements(client, options.onStatement);
  const pool: Pool = { client, db: drizzle(client) };
  return pool;
}
