import { createServer } from "node:net";
import { StartRefusal } from "./start-refusal.ts";

/** A port somebody outside needs, with the variable that moves it. */
export interface NamedPort {
  variable: string;
  port: number;
  /** The address it will be bound to; `null` for all. */
  host: string | null;
}

/** Throws a refusal that names the first port in use, its variable, and a way out. */
export async function requireFreePorts(ports: readonly NamedPort[]): Promise<void> {
  const seen = new Map<number, string>();
  for (const { variable, port, host } of ports) {
    const other = seen.get(port);
    if (other !== undefined) {
      throw new StartRefusal(`${other} and ${variable} are both ${port}: give each a port of its own.`);
    }
    seen.set(port, variable);
    const failure = await failureToListen(port, host);
    if (failure === null) continue;
    throw new StartRefusal(
      failure === "EACCES"
        ? `Port ${port} (${variable}) may not be opened by this user: choose one above 1023, for example ${variable}=${port + 8000}.`
        : `Port ${port} (${variable}) is already in use: stop what listens there, or start with another one, for example ${variable}=${port + 1}.`,
    );
  }
}

/** Below the range from which the system takes ports for outgoing connections (32768 and up on Linux). */
const own = { from: 20_000, count: 12_000 };
/** As many as a copy needs. */
const ofCopy = 12;

/**
 * Ports that nobody uses at this moment, one at each call, for a copy's processes among themselves. Where it begins to
 * look follows from the port it is told by, which no other copy on this machine has: two that start at the same moment
 * are given different ones, though nothing listens on them yet.
 */
export function freePortsOf(httpPort: number, taken: ReadonlySet<number>): () => Promise<number> {
  let offset = httpPort * ofCopy;
  return async () => {
    for (let attempt = 0; attempt < own.count; attempt++) {
      const port = own.from + (offset++ % own.count);
      if (!taken.has(port) && (await failureToListen(port, null)) === null) return port;
    }
    throw new StartRefusal(
      "No free port was found between 20000 and 32000: stop something that listens there.",
    );
  };
}

/** Null when it could be listened on, else the system's error code. `host` is null for all addresses. */
export function failureToListen(port: number, host: string | null): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "EADDRINUSE"));
    server.listen({ port, ...(host === null ? {} : { host }), exclusive: true }, () =>
      server.close(() => resolve(null)),
    );
  });
}
