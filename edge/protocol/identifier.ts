import * as v from "valibot";

/** What an identifier names; the prefix makes a pasted id recognisable in logs and support mail. */
export const identifierPrefixes = {
  user: "usr",
  login: "lgn",
  event: "evt",
  session: "ses",
  stream: "str",
  playback: "pb",
  broadcast: "brd",
  message: "msg",
  question: "qst",
  poll: "pol",
  pollOption: "opt",
  recording: "rec",
  relay: "rly",
  viewer: "vwr",
  ticket: "tkt",
  mediaNode: "nod",
  request: "req",
  announcement: "ann",
  auditEntry: "adt",
} as const;

export type IdentifierKind = keyof typeof identifierPrefixes;

/** `count` random bytes as base64url without padding. Works in browsers, workerd and Node. */
export function randomBase64Url(count: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** A new opaque id: a prefix and 128 random bits, URL-safe. */
export function newIdentifier(kind: IdentifierKind): string {
  return `${identifierPrefixes[kind]}_${randomBase64Url(16)}`;
}

/** An id of the given kind, as it stands in a path, a query or a body. */
export function identifier(kind: IdentifierKind) {
  return v.pipe(
    v.string(),
    v.maxLength(64),
    v.regex(new RegExp(`^${identifierPrefixes[kind]}_[A-Za-z0-9_-]{1,60}$`), `is not an id of a ${kind}`),
  );
}

/** An instant as ISO 8601 with `Z`. */
export const Instant = v.pipe(v.string(), v.isoTimestamp(), v.endsWith("Z"));
