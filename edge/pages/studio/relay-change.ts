import type { Relay } from "../../protocol/relays.ts";
import type { RelayChange } from "./studio-calls.ts";

/** What of a relay was typed anew. An empty key keeps the one that is there. Pure. */
export function relayChange(
  relay: Pick<Relay, "name" | "url">,
  typed: { name: string; url: string; key: string },
): RelayChange {
  return {
    ...(typed.name === relay.name ? {} : { name: typed.name }),
    ...(typed.url === relay.url ? {} : { url: typed.url }),
    ...(typed.key === "" ? {} : { key: typed.key }),
  };
}
