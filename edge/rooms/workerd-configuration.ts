/** What rooms read from the process's environment; PartyKit hands on only bindings called `pkvar-…`. */
const roomsVariables = [
  "EDGE_INTERNAL_URL",
  "INTERNAL_API_KEY",
  "ROOMS_URL",
  "GATEWAYS",
  "ROOM_PROCESS",
] as const;

export interface RoomsWorkerd {
  /** The bundle's path, relative to the configuration file. */
  bundle: string;
  parties: string[];
  compatibilityDate: string;
  compatibilityFlags: string[];
}

/**
 * The configuration of `workerd serve`. Nothing secret stands in it: values come from the environment of the
 * process, and the address from `--socket-addr http=127.0.0.1:PORT`. All must be set: PartyKit trips over one that is not.
 */
export function roomsWorkerdConfiguration({
  bundle,
  parties,
  compatibilityDate,
  compatibilityFlags,
}: RoomsWorkerd): string {
  const classes = [["PARTYKIT_DURABLE", "PartyKitDurable"], ...parties.map((name) => [name, `${name}DO`])];
  return `# Written by edge/rooms/bundle.ts.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "rooms", worker = .rooms ),
    ( name = "internet", network = ( allow = ["public", "private", "local"], tlsOptions = ( trustBrowserCas = true ) ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "rooms" ) ],
);

const rooms :Workerd.Worker = (
  modules = [ ( name = "rooms", esModule = embed ${JSON.stringify(bundle)} ) ],
  compatibilityDate = ${JSON.stringify(compatibilityDate)},
  compatibilityFlags = ${JSON.stringify(compatibilityFlags)},
  bindings = [
${classes.map(([binding, name]) => `    ( name = "${binding}", durableObjectNamespace = "${name}" ),`).join("\n")}
    ( name = "PARTYKIT_CRONS", json = "{}" ),
${roomsVariables.map((name) => `    ( name = "pkvar-${name}", fromEnvironment = "${name}" ),`).join("\n")}
  ],
  durableObjectNamespaces = [
${classes.map(([, name]) => `    ( className = "${name}", uniqueKey = "rostrum-${name}" ),`).join("\n")}
  ],
  # Rooms keep nothing that the log in PostgreSQL does not have.
  durableObjectStorage = ( inMemory = void ),
);
`;
}
