/** A gate before a test's database, to stop the API in the middle of what it does. */
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "../../testing/support/free-port.ts";

export interface DatabaseGate {
  url: string;
  /** What the API says stays before the database, from now on or behind so many statements. */
  hold(behind?: number): void;
  release(): void;
  /** Bytes that wait; and statements that were let through so far. */
  held(): number;
  queries(): number;
  /** The database is away: everyone is thrown out, and nobody let in until it is opened. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** A gate before the database that can be held, and that counts what goes through. */
export async function openDatabaseGate(databaseUrl: string): Promise<DatabaseGate> {
  const inside = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const waiting: { backend: Socket; chunk: Buffer }[] = [];
  let heldFrom = Number.POSITIVE_INFINITY;
  let queries = 0;
  const pass = (backend: Socket, chunk: Buffer) => {
    // Bind, the message that every execution of a statement has (PostgreSQL's protocol, "Message Formats").
    for (let at = 0; at + 5 <= chunk.length; at += 1 + chunk.readUInt32BE(at + 1))
      if (chunk[at] === 0x42) queries++;
    backend.write(chunk);
  };
  const server = createServer((client) => {
    const backend = connect(Number(inside.port), inside.hostname);
    for (const socket of [client, backend]) {
      sockets.add(socket);
      socket
        .on("error", () => {})
        .on("close", () => {
          sockets.delete(socket);
          client.destroy();
          backend.destroy();
        });
    }
    client.on("data", (chunk: Buffer) =>
      queries >= heldFrom ? waiting.push({ backend, chunk }) : pass(backend, chunk),
    );
    backend.pipe(client);
  });
  // None that the system gives out: while the gate is shut, somebody else would be given it.
  const port = await freePort();
  const listen = () => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  const shut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await listen();
  const outside = new URL(databaseUrl);
  outside.host = `127.0.0.1:${port}`;
  return {
    url: outside.href,
    hold: (behind = 0) => {
      heldFrom = queries + behind;
    },
    release: () => {
      heldFrom = Number.POSITIVE_INFINITY;
      for (const { backend, chunk } of waiting.splice(0)) pass(backend, chunk);
    },
    held: () => waiting.length,
    queries: () => queries,
    shut,
    open: listen,
    close: shut,
  };
}
