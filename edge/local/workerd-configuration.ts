/** One Worker as plain `workerd serve` runs it. */
export interface WorkerdService {
  name: string;
  /** The bundle's path, relative to the configuration file. */
  bundle: string;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
  /** Bindings read from the process's environment; one that is not set arrives as null. */
  variables: readonly string[];
  durableObjects: readonly { binding: string; className: string }[];
  /** Folders that are served as they are, without content types. */
  directories: readonly { binding: string; name: string }[];
  sockets: readonly WorkerdSocket[];
}

export interface WorkerdSocket {
  name: string;
  /** A named export that answers here instead of the default one. */
  entrypoint?: string;
}

/** Says which socket a request came in by; workerd sets it, so a client cannot. */
export const socketHeader = "x-rostrum-socket";

/**
 * The configuration of `workerd serve`. It is the same for every copy and holds nothing secret: addresses come by
 * `--socket-addr <name>=host:port`, folders by `--directory-path <name>=/path`, values by the environment.
 */
export function workerdConfiguration(service: WorkerdService): string {
  const objects = service.durableObjects;
  const bindings = [
    ...service.variables.map((name) => `( name = ${text(name)}, fromEnvironment = ${text(name)} ),`),
    ...objects.map(
      ({ binding, className }) => `( name = ${text(binding)}, durableObjectNamespace = ${text(className)} ),`,
    ),
    ...service.directories.map(
      ({ binding, name }) => `( name = ${text(binding)}, service = ${text(name)} ),`,
    ),
  ];
  return `# Written by edge/local/build.ts.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = ${text(service.name)}, worker = .worker ),
    # PostgreSQL, Redis and the rooms stand on private addresses.
    ( name = "internet", network = ( allow = ["public", "private"], tlsOptions = ( trustBrowserCas = true ) ) ),
${service.directories.map(({ name }) => `    ( name = ${text(name)}, disk = ( path = "/nonexistent", writable = false ) ),\n`).join("")}  ],
  sockets = [
${service.sockets.map((socket) => `    ${socketEntry(service.name, socket)}`).join("\n")}
  ],
);

const worker :Workerd.Worker = (
  modules = [ ( name = "worker", esModule = embed ${text(service.bundle)} ) ],
  compatibilityDate = ${text(service.compatibilityDate)},
  compatibilityFlags = [${service.compatibilityFlags.map(text).join(", ")}],
  bindings = [
${bindings.map((binding) => `    ${binding}`).join("\n")}
  ],
  durableObjectNamespaces = [
${objects.map(({ className }) => `    ( className = ${text(className)}, uniqueKey = ${text(`rostrum-${className}`)}, preventEviction = true ),`).join("\n")}
  ],
  # The objects hold connections, not data, and so are not put to sleep.
  durableObjectStorage = ( inMemory = void ),
);
`;
}

function socketEntry(service: string, { name, entrypoint }: WorkerdSocket): string {
  const target =
    entrypoint === undefined
      ? `service = ${text(service)}`
      : `service = ( name = ${text(service)}, entrypoint = ${text(entrypoint)} )`;
  const header = `( name = ${text(socketHeader)}, value = ${text(name)} )`;
  return `( name = ${text(name)}, address = "127.0.0.1:0", http = ( injectRequestHeaders = [${header}] ), ${target} ),`;
}

/** A Cap'n Proto string literal; JSON's escapes are a subset of its own. */
function text(value: string): string {
  return JSON.stringify(value);
}
