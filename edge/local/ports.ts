import { randomInt } from "node:crypto";
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
    const failure = await tryToListen(port, host);
    if (failure === null) continue;
    throw new StartRefusal(
      failure === "EACCES"
        ? `Port ${port} (${variable}) may not be opened by this user: choose one above 1023, for example ${variable}=${port + 8000}.`
        : `Port ${port} (${variable}) is already in use: stop what listens there, or start with another one, for example ${variable}=${port + 1}.`,
    );
  }
}

/**
 * A port on 127.0.0.1 that nobody uses, below the range from which the system takes ports for outgoing connections
 * (32768 and up on Linux), so that none of those takes it before the process it is meant for.
 */
export async function chooseFreePort(taken: Set<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(20_000, 32_000);
    if (taken.has(port) || (await tryToListen(port, null)) !== null) continue;
    taken.add(port);
    return port;
  }
  throw new StartRefusal(
    "No free port was found between 20000 and 32000: stop something that listens there.",
  );
}

/** Null when it could be listened on, else the system's error code. */
function tryToListen(port: number, host: string | null): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "EADDRINUSE"));
    server.listen({ port, ...(host === null ? {} : { host }), exclusive: true }, () =>
      server.close(() => resolve(null)),
    );
  });
}
