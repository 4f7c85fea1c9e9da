/**
 * Which of several room processes has which room. ROOMS_URL names them all in their order, separated by commas; with
 * one address, all rooms are there. The API, the gateways and nginx (by the number in a ticket) count alike.
 */

/** FNV-1a over UTF-16 units, unsigned 32 bits. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** The addresses in ROOMS_URL, without trailing slashes. */
export function roomProcesses(roomsUrl: string): string[] {
  return roomsUrl.split(",").map((url) => url.trim().replace(/\/+$/, ""));
}

/** Gateways go round the processes; session and event rooms are spread by their ids. */
export function roomPlace(party: string, name: string, processes: number): number {
  const number = party === "gateway" ? Number(/^gateway-(\d+)$/.exec(name)?.[1] ?? 0) : fnv1a(name);
  return number % processes;
}

/** Where `/parties/<party>/<name>/…` is answered, and that path. */
export function roomUrl(processes: readonly string[], path: string): string {
  const [, , party = "", name = ""] = path.split("/");
  return `${processes[roomPlace(party, name, processes.length)]}${path}`;
}
