/** Where else a stream goes: any number of RTMP or RTMPS destinations, changed while live. */
import * as v from "valibot";
import { DisplayName } from "./accounts.ts";
import { Instant, identifier } from "./identifier.ts";
import { listOf } from "./list.ts";

/** `retrying`: it failed and is tried again by itself. `failed`: it is not, until something is changed. */
export const RelayStatus = v.picklist(["idle", "connecting", "live", "retrying", "failed"]);
export type RelayStatus = v.InferOutput<typeof RelayStatus>;

/** Destinations that need no address typed. */
export const relayDestinations = [
  { id: "youtube", name: "YouTube", url: "rtmps://a.rtmps.youtube.com:443/live2" },
  { id: "twitch", name: "Twitch", url: "rtmps://live.twitch.tv:443/app" },
] as const;
export const RelayDestination = v.object({ id: v.string(), name: v.string(), url: v.string() });
export const RelayDestinationList = v.object({ items: v.array(RelayDestination) });

/** An address without user, password, query or fragment: what is secret belongs into the key. */
export const RelayUrl = v.pipe(
  v.string(),
  v.maxLength(2048),
  v.check((text) => readRelayUrl(text) !== null, "is not an rtmp:// or rtmps:// address with an application"),
);

export interface RelayAddress {
  secure: boolean;
  host: string;
  port: number;
  /** `live2`, or `app/instance`. */
  application: string;
}

/** Null for what is no address of an RTMP application. */
export function readRelayUrl(text: string): RelayAddress | null {
  if (!URL.canParse(text) || /[\s\\]/.test(text)) return null;
  const { protocol, hostname, port, pathname, username, password, search, hash } = new URL(text);
  const secure = protocol === "rtmps:";
  if ((!secure && protocol !== "rtmp:") || username || password || search || hash) return null;
  const application = pathname.replace(/^\/+|\/+$/g, "");
  if (hostname === "" || application === "" || port === "0") return null;
  return { secure, host: hostname, port: port === "" ? (secure ? 443 : 1935) : Number(port), application };
}

/** A destination's own stream key; anything printable without spaces. */
const RelayKey = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(1024),
  v.regex(/^[\x21-\x7e]+$/, "is not a key"),
);

export const Relay = v.pipe(
  v.object({
    id: identifier("relay"),
    streamId: identifier("stream"),
    name: v.string(),
    url: v.string(),
    enabled: v.boolean(),
    status: RelayStatus,
    error: v.nullable(v.string()),
    /** kbit/s sent in the last seconds; null when nothing is sent. */
    bitrate: v.nullable(v.number()),
    /** How often it was begun anew since the encoder came. */
    attempts: v.number(),
    liveSince: v.nullable(Instant),
  }),
  v.metadata({ ref: "Relay" }),
);
export type Relay = v.InferOutput<typeof Relay>;
export const RelayList = listOf(Relay);

export const CreateRelayRequest = v.object({
  name: DisplayName,
  url: RelayUrl,
  key: RelayKey,
  enabled: v.optional(v.boolean(), true),
});
export const UpdateRelayRequest = v.object({
  name: v.optional(DisplayName),
  url: v.optional(RelayUrl),
  key: v.optional(RelayKey),
  enabled: v.optional(v.boolean()),
});
