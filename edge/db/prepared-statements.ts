import type postgres from "postgres";

/** Each connection keeps what it prepared for as long as it lives, here and at the server, so there is an end to it. */
const mostStatements = 500;
const longestStatement = 16_384;

/**
 * Lets statements with parameters be prepared once a connection. Drizzle asks its driver not to, and each query is
 * then parsed, described and planned anew, in two turns of the network instead of one. `?prepare=false` in the
 * connection string turns it off, for a pooler that hands connections around between statements.
 */
export function prepareStatements(client: postgres.Sql): postgres.Sql {
  const known = new Set<string>();
  const mayPrepare = (text: string) => {
    if (known.has(text)) return true;
    if (known.size >= mostStatements || text.length > longestStatement) return false;
    known.add(text);
    return true;
  };

  function prepareWith<Client extends postgres.ISql>(handle: Client): Client {
    const { unsafe } = handle;
    handle.unsafe = (text, values, options) =>
      unsafe(text, values, {
        ...options,
        prepare: values !== undefined && values.length > 0 && mayPrepare(text),
      });
    return handle;
  }

  // Transactions and savepoints have handles of their own.
  function nest<Work extends (handle: postgres.TransactionSql) => unknown>(work: Work): Work {
    return ((handle: postgres.TransactionSql) => {
      const { savepoint } = handle;
      handle.savepoint = ((inner: Work) => savepoint(nest(inner))) as typeof savepoint;
      return work(prepareWith(handle));
    }) as Work;
  }
  const { begin } = client;
  client.begin = ((work: Parameters<typeof nest>[0]) => begin(nest(work))) as typeof begin;
  return prepareWith(client);
}
