/** Who is at the other end, when some of the hops in between are our own. */
export interface Hops {
  /** The address of the TCP peer; null when the runtime does not say. */
  peer: string | null;
  /** `X-Forwarded-For`: each proxy appends the peer it saw. */
  forwardedFor: string | null;
  /** Addresses and CIDR networks of our own proxies. */
  trusted: readonly string[];
}

/**
 * Walks from the peer backwards through X-Forwarded-For as long as each hop is a proxy of ours; the first that is
 * not is the client. What stands further left was written by the client itself.
 */
export function clientAddressOf({ peer, forwardedFor, trusted }: Hops): string | null {
  const hops = (forwardedFor ?? "")
    .split(",")
    .map(bareAddress)
    .filter((hop) => hop !== "");
  let address = peer === null ? null : bareAddress(peer);
  while (address === null || isTrusted(address, trusted)) {
    const previous = hops.pop();
    // A runtime that does not name its peer is only believed where every proxy is (see isTrusted).
    if (previous === undefined || (address === null && !trusted.includes("*"))) return address;
    address = previous;
  }
  return address;
}

/** Whether `address` is one of our proxies; `*` trusts all, for a worker that only proxies can reach. */
export function isTrusted(address: string | null, trusted: readonly string[]): boolean {
  if (trusted.includes("*")) return true;
  if (address === null) return false;
  const bits = addressBits(bareAddress(address));
  return trusted.some((network) => {
    const [base = "", length] = network.split("/");
    const baseBits = addressBits(bareAddress(base));
    if (bits === null || baseBits === null || bits.length !== baseBits.length) return false;
    const prefix = length === undefined ? bits.length : Number(length);
    return bits.slice(0, prefix) === baseBits.slice(0, prefix);
  });
}

/** Without brackets, port, zone, or the IPv6 wrapping of an IPv4 address. */
function bareAddress(text: string): string {
  const address = text
    .trim()
    .toLowerCase()
    .replace(/^\[([^\]]*)\](:\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1")
    .replace(/%.*$/, "");
  return address.replace(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/, "$1");
}

/** The address as 32 or 128 binary digits, or null when it is none. */
function addressBits(address: string): string | null {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (v4) {
    const bytes = v4.slice(1).map(Number);
    return bytes.some((byte) => byte > 255) ? null : bytes.map((byte) => binary(byte, 8)).join("");
  }
  if (!address.includes(":")) return null;
  const [head = "", tail, ...more] = address.split("::");
  if (more.length > 0) return null;
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const missing = 8 - before.length - after.length;
  if (missing < 0 || (tail === undefined && missing !== 0)) return null;
  if (![...before, ...after].every((group) => /^[0-9a-f]{1,4}$/.test(group))) return null;
  const all = [...before, ...Array<string>(missing).fill("0"), ...after];
  return all.map((group) => binary(Number.parseInt(group, 16), 16)).join("");
}

function binary(value: number, digits: number): string {
  return value.toString(2).padStart(digits, "0");
}
