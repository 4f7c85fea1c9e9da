/** Which addresses belong to the public internet (IANA special-purpose address registries; RFC 6890). Pure. */
import { BlockList, isIP, isIPv4 } from "node:net";

const notPublic4 = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  // Also where clouds answer with their machines' credentials.
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  notPublic4.addSubnet(network, prefix, "ipv4");
}

/** The only part of IPv6 that is given out (RFC 4291, §2.4): what is private, local or multicast lies outside of it. */
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");
const notPublic6 = new BlockList();
for (const [network, prefix] of [
  // Teredo and 6to4 carry IPv4 addresses, which would have to be checked behind their tunnels.
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  notPublic6.addSubnet(network, prefix, "ipv6");
}
/** IPv4 within IPv6: mapped (RFC 4291, §2.5.5.2) and translated (RFC 6052, §2.1). */
const mapped = new BlockList();
mapped.addSubnet("::ffff:0:0", 96, "ipv6");
const translated = new BlockList();
translated.addSubnet("64:ff9b::", 96, "ipv6");

/** `address` is an IP address as the resolver gives it; anything else is not public. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic4.check(address, "ipv4");
  if (family !== 6) return false;
  if (mapped.check(address, "ipv6") || translated.check(address, "ipv6")) {
    return isPublicAddress(embeddedIpv4(address));
  }
  return global6.check(address, "ipv6") && !notPublic6.check(address, "ipv6");
}

/** The last 32 bits as a dotted quad. */
function embeddedIpv4(address: string): string {
  const last = address.slice(address.lastIndexOf(":") + 1);
  if (isIPv4(last)) return last;
  // The URL parser writes every group in hexadecimal and shortens zeros.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(":");
  const [high, low] = [groups.at(-2) || "0", groups.at(-1) || "0"].map((group) => Number.parseInt(group, 16));
  return [high! >> 8, high! & 255, low! >> 8, low! & 255].join(".");
}
