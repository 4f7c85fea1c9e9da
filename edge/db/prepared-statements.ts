import type postgres from "postgres";
import { adaptHandles } from "./statement-handles.ts";

/** Each connection keeps what it prepared for as long as it lives, here and at the server, so there is an end to it. */
const mostStatements = 500;
const longestStatement = 16_384;

/**
 * Lets statements with parameters be prepared once a connection. Drizzle asks its driver not to, and each query is
 * then parsed, described and planned anew, in two turns of the network instead of one. `?prepare=false` in the
 * connection string turns it off, for a pooler that hands connections around between statements.
 */
export function prepareStatements(client: postgres.Sql): void {
  const known = new Set<string>();
  const mayPrepare = (text: string) => {
    if (known.has(text)) return true;
    if (known.size >= mostStatements || text.length > longestStatement) return false;
    known.add(text);
    return true;
  };
  adaptHandles(client, (handle) => {
    const { unsafe } = handle;
    handle.unsafe = (text, values, options) =>
      unsafe(text, values, {
        ...options,
        prepare: values !== undefined && values.length > 0 && mayPrepare(text),
      });
  });
}
