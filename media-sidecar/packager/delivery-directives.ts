/** What a player asks of a media playlist beside the playlist (RFC 8216bis §6.2.5). */

export interface DeliveryDirectives {
  /** Answer when the playlist has this segment, or this part of it; null to answer at once. */
  readonly wait: { readonly sequence: number; readonly part: number | null } | null;
  /** Leave out old segments (§6.2.5.1). */
  readonly skip: boolean;
}

export const noDirectives: DeliveryDirectives = { wait: null, skip: false };

/** Of a request's query; null for what no player asks (§6.2.5.2): a part of no segment, anything but whole numbers. */
export function parseDeliveryDirectives(query: URLSearchParams): DeliveryDirectives | null {
  const sequence = wholeNumber(query, "_HLS_msn");
  const part = wholeNumber(query, "_HLS_part");
  if (sequence === "garbage" || part === "garbage") return null;
  if (sequence === null && part !== null) return null;
  const skip = query.get("_HLS_skip");
  return {
    wait: sequence === null ? null : { sequence, part },
    // v2 leaves out date ranges too, which we have none of; other values are of no version that we know
    skip: skip === "YES" || skip === "v2",
  };
}

function wholeNumber(query: URLSearchParams, name: string): number | null | "garbage" {
  const values = query.getAll(name);
  if (values.length === 0) return null;
  return values.length === 1 && /^\d{1,15}$/.test(values[0]!) ? Number(values[0]) : "garbage";
}

/** The live end of a slot's playlist. */
export interface PlaylistEdge {
  /** Sequence number of the newest whole segment. */
  readonly lastSequence: number;
  /** Parts of the segment behind it, so far. */
  readonly openParts: number;
  /** Parts of a whole segment; null when it is not listed with parts. */
  partsOf(sequence: number): number | null;
  readonly partTargetSeconds: number;
}

/**
 * Is what the player waits for there? `absurd` is what cannot come soon: the segment after the next but one, or more
 * parts ahead than three seconds have (the Advance Part Limit of §6.2.5.2).
 */
export function judgeWait(
  { sequence, part }: NonNullable<DeliveryDirectives["wait"]>,
  edge: PlaylistEdge,
): "ready" | "wait" | "absurd" {
  if (sequence > edge.lastSequence + 2) return "absurd";
  if (sequence > edge.lastSequence + 1) return isFarAhead(part, 0, edge) ? "absurd" : "wait";
  if (sequence === edge.lastSequence + 1) {
    if (part === null) return "wait";
    if (part < edge.openParts) return "ready";
    return isFarAhead(part, edge.openParts, edge) ? "absurd" : "wait";
  }
  const parts = part === null ? null : edge.partsOf(sequence);
  if (part === null || parts === null || part < parts) return "ready";
  // A part behind a segment's last one is the first of the next segment.
  return judgeWait({ sequence: sequence + 1, part: 0 }, edge);
}

function isFarAhead(part: number | null, known: number, { partTargetSeconds }: PlaylistEdge): boolean {
  return (part ?? 0) > known - 1 + Math.ceil(3 / Math.min(1, partTargetSeconds));
}
