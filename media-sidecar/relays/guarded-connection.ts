/** Connects to a destination that somebody typed: what was checked is what is connected to, and nothing is asked twice. */
import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import type { RelayAddress } from "../../edge/protocol/relays.ts";
import { isPublicAddress } from "./public-address.ts";
import { RelayTrouble, troubleOf } from "./relay-trouble.ts";

export interface RelayNetwork {
  /** RELAY_ALLOW_PRIVATE: destinations within private networks, and on this machine. */
  allowPrivate: boolean;
  /** How a name becomes addresses; the system's resolver when absent. */
  resolve?: (host: string) => Promise<string[]>;
  /** PEM; the usual ones when absent. */
  certificateAuthorities?: string;
}

const lookupSeconds = 10;
const connectSeconds = 8;
const mostAddresses = 4;

/**
 * A connected socket, with TLS where the address wants it. Throws RelayTrouble, which is permanent where the address is
 * not public; a name counts by all its addresses, so that none of them can be swapped in later.
 */
export async function guardedConnection(
  address: RelayAddress,
  network: RelayNetwork,
  cancel: AbortSignal,
): Promise<Socket> {
  const host = address.host.replace(/^\[|\]$/g, "");
  const where = `${address.host}:${address.port}`;
  const addresses = await resolved(host, network, cancel);
  const refused = network.allowPrivate ? undefined : addresses.find((each) => !isPublicAddress(each));
  if (refused !== undefined) {
    const what = refused === host ? `${host} is` : `${host} leads to ${refused}, which is`;
    const words = `${what} not a public address; RELAY_ALLOW_PRIVATE=true on the media machine would allow it`;
    throw new RelayTrouble(words, { permanent: true });
  }
  let last: unknown;
  for (const ip of addresses.slice(0, mostAddresses)) {
    try {
      const socket = await settled(
        connect({ host: ip, port: address.port, noDelay: true }),
        "connect",
        where,
        cancel,
      );
      return address.secure ? await secured(socket, host, where, network, cancel) : socket;
    } catch (error) {
      last = error;
      if (cancel.aborted) break;
    }
  }
  throw troubleOf(last, where);
}

async function resolved(
  host: string,
  { resolve = systemLookup }: RelayNetwork,
  cancel: AbortSignal,
): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const timeout = AbortSignal.any([cancel, AbortSignal.timeout(lookupSeconds * 1000)]);
  const addresses = await Promise.race([resolve(host), aborted(timeout)]).catch((error) => {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ENOTFOUND") throw new RelayTrouble(`there is no host named ${host}`, { cause: error });
    throw new RelayTrouble(`the name ${host} could not be looked up`, { cause: error });
  });
  if (addresses.length === 0) throw new RelayTrouble(`there is no host named ${host}`);
  return addresses;
}

/** As every program of this machine resolves: also what stands in /etc/hosts, and numbers in odd forms. */
async function systemLookup(host: string): Promise<string[]> {
  return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
}

async function secured(
  socket: Socket,
  host: string,
  where: string,
  { certificateAuthorities }: RelayNetwork,
  cancel: AbortSignal,
): Promise<Socket> {
  const options = {
    socket,
    // An address is no server name (RFC 6066, §3); its certificate is checked all the same.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(host, certificate),
    ...(certificateAuthorities === undefined ? {} : { ca: certificateAuthorities }),
  };
  try {
    return await settled(connectTls(options), "secureConnect", where, cancel);
  } catch (error) {
    socket.destroy();
    if (error instanceof RelayTrouble) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new RelayTrouble(`no secure connection to ${where}: ${said.slice(0, 200)}`, { cause: error });
  }
}

/** The socket once it has connected; destroyed when that fails, takes too long or is not wanted any more. */
function settled<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  where: string,
  cancel: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const finish = (error: Error | null) => {
      clearTimeout(timer);
      cancel.removeEventListener("abort", stop);
      socket.off("error", finish);
      socket.off("close", closed);
      // Whoever takes it listens for its end; an error that comes before must not end the program.
      socket.on("error", () => {});
      if (error === null) return resolve(socket);
      socket.destroy();
      reject(error);
    };
    const stop = () => finish(new RelayTrouble("not wanted any more"));
    const closed = () => finish(new RelayTrouble(`${where} closed the connection`));
    const late = () => finish(new RelayTrouble(`${where} does not answer`));
    const timer = setTimeout(late, connectSeconds * 1000);
    socket.once(event, () => finish(null));
    socket.on("error", finish);
    socket.on("close", closed);
    if (cancel.aborted) stop();
    else cancel.addEventListener("abort", stop);
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
