import type postgres from "postgres";
import { adaptHandles } from "./statement-handles.ts";

/** Hears of each statement when it is done, with the seconds since it was asked for: its wait for a connection is in. */
export type StatementListener = (seconds: number, succeeded: boolean) => void;

export function timeStatements(client: postgres.Sql, listener: StatementListener): void {
  adaptHandles(client, (handle) => {
    const { unsafe } = handle;
    handle.unsafe = (text, values, options) => timed(unsafe(text, values, options), listener);
  });
}

/**
 * To ask for a query's end is also to begin it, at the end of this turn; so its caller may still say in this turn
 * what form its rows should have.
 */
function timed<Query extends PromiseLike<unknown>>(query: Query, listener: StatementListener): Query {
  const startedAt = performance.now();
  const done = (succeeded: boolean) => listener((performance.now() - startedAt) / 1000, succeeded);
  query.then(
    () => done(true),
    () => done(false),
  );
  return query;
}
