import type postgres from "postgres";

/** Adapts the client and the handles of all its transactions and savepoints, each of which runs statements of its own. */
export function adaptHandles(client: postgres.Sql, adapt: (handle: postgres.ISql) => void): void {
  function nest<Work extends (handle: postgres.TransactionSql) => unknown>(work: Work): Work {
    return ((handle: postgres.TransactionSql) => {
      const { savepoint } = handle;
      handle.savepoint = ((inner: Work) => savepoint(nest(inner))) as typeof savepoint;
      adapt(handle);
      return work(handle);
    }) as Work;
  }
  const { begin } = client;
  client.begin = ((work: Parameters<typeof nest>[0]) => begin(nest(work))) as typeof begin;
  adapt(client);
}
