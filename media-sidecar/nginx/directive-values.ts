/** Values from outside on their way into an nginx configuration: checked here, for a `;` in one would be a directive. */
import { isIP } from "node:net";

/** A path as a quoted nginx string. nginx has no escape for `$` in paths, so such a path is refused. */
export function quotedPath(path: string): string {
  if (/[$\n\r\0]/.test(path))
    throw new Error(`nginx cannot use the path ${JSON.stringify(path)}: it has a $`);
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

export interface Upstream {
  host: string;
  port: number;
  /** A name that DNS must answer, and may answer differently later (a container made anew). */
  needsResolver: boolean;
}

/** `host:port`; `localhost` becomes 127.0.0.1, so that no second address family is tried. */
export function parseUpstream(variable: string, value: string): Upstream {
  const match = /^(?<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(?<port>\d{1,5})$/.exec(value);
  const port = Number(match?.groups?.port);
  if (!match?.groups || port < 1 || port > 65535) {
    throw new Error(`${variable} is ${JSON.stringify(value)}, but must be host:port`);
  }
  const host = match.groups.host === "localhost" ? "127.0.0.1" : match.groups.host!;
  return { host, port, needsResolver: !host.startsWith("[") && isIP(host) === 0 };
}

/** One or more, separated by commas; several must be addresses, since nginx resolves names of a group only once. */
export function parseUpstreams(variable: string, value: string): readonly [Upstream, ...Upstream[]] {
  const [first = "", ...more] = value.split(",");
  const upstreams = [parseUpstream(variable, first), ...more.map((entry) => parseUpstream(variable, entry))];
  if (upstreams.length > 1 && upstreams.some(({ needsResolver }) => needsResolver)) {
    throw new Error(`${variable} is ${JSON.stringify(value)}, but several must be addresses, not names`);
  }
  return upstreams as [Upstream, ...Upstream[]];
}

/** CORS_ORIGIN: `*`, or the origins of a comma-separated list. */
export function parseOrigins(value: string): "*" | string[] {
  const entries = value
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (entries.length === 0 || entries.includes("*")) return "*";
  return entries.map((entry) => {
    const url = URL.canParse(entry) ? new URL(entry) : null;
    if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search || url.username) {
      throw new Error(
        `CORS_ORIGIN has ${JSON.stringify(entry)}, which is not an origin like https://example.com`,
      );
    }
    return url.origin;
  });
}

/** TRUSTED_PROXIES: addresses and networks in CIDR notation, comma-separated. */
export function parseNetworks(value: string): string[] {
  const entries = value
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  for (const entry of entries) {
    const [address, prefix, ...rest] = entry.split("/");
    const family = isIP(address!);
    const widest = family === 4 ? 32 : 128;
    const prefixFits = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= widest);
    if (family === 0 || !prefixFits || rest.length > 0) {
      throw new Error(
        `TRUSTED_PROXIES has ${JSON.stringify(entry)}, which is no address or network like 10.0.0.0/8`,
      );
    }
  }
  return entries;
}

/** The addresses of `nameserver` lines of a resolv.conf, as nginx's `resolver` takes them. */
export function parseNameservers(resolvConf: string): string[] {
  return resolvConf
    .split("\n")
    .map((line) => /^\s*nameserver\s+(?<address>\S+)/.exec(line)?.groups?.address ?? "")
    .filter((address) => isIP(address) !== 0)
    .map((address) => (isIP(address) === 6 ? `[${address}]` : address));
}
