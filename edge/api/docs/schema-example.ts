/** An example of what a JSON schema describes, so that every answer in the documentation shows one. Pure. */
export interface JsonSchema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  pattern?: string;
  format?: string;
  minimum?: number;
}

export type Components = Record<string, JsonSchema>;

/** `name` is the field's: it tells a title from a token where both are just strings. */
export function exampleOf(schema: JsonSchema, components: Components, name = ""): unknown {
  if (schema.$ref) return exampleOf(components[schema.$ref.split("/").at(-1) ?? ""] ?? {}, components, name);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    return exampleOf(choices.find((choice) => choice.type !== "null") ?? { type: "null" }, components, name);
  }
  if (schema.allOf) {
    return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, components, name) as object));
  }
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, field]) => [
          key,
          exampleOf(field, components, key),
        ]),
      );
    case "array":
      return schema.items ? [exampleOf(schema.items, components, name)] : [];
    case "number":
    case "integer":
      return numbers[name] ?? schema.minimum ?? 1;
    case "boolean":
      return true;
    case "string":
      return exampleText(schema, name);
    default:
      return null;
  }
}

const numbers: Record<string, number> = {
  maxAttendees: 500,
  attendeeCount: 212,
  slowModeSeconds: 0,
  reconnectWindowSeconds: 60,
  rewindSeconds: 120,
  expiresInSeconds: 60,
  viewers: 180,
  peakViewers: 240,
  width: 1920,
  height: 1080,
  frameRate: 30,
  audioSampleRateHz: 48_000,
  audioChannels: 2,
  bitrateKbps: 4500,
  keyframeIntervalSeconds: 2,
  uptimeSeconds: 1860,
  encodingSpeed: 1,
  averageBitrateKbps: 4480,
  durationSeconds: 3600,
  sizeBytes: 2_025_000_000,
};

const texts: Record<string, string> = {
  email: "ada@example.org",
  name: "Ada",
  title: "Opening keynote",
  slug: "spring-conference",
  description: "Two days of talks.",
  timeZone: "Europe/Berlin",
  deviceName: "Ada's phone",
  userAgent: "Mozilla/5.0",
  ip: "192.0.2.7",
  text: "The next session begins in five minutes.",
  token: "eyJhbGciOiJIUzI1NiJ9.…",
  beatToken: "eyJhbGciOiJIUzI1NiJ9.…",
  ticket: "tkt_…",
  streamKey: "sk_…",
  ingestUrl: "rtmp://example.org:1935/live",
  url: "http://example.org:8080/hls/pb_3kV9…/~eyJ…/master.m3u8",
  playbackUrl: "http://example.org:8080/hls/pb_3kV9…/master.m3u8",
  downloadUrl: "http://example.org:8080/hls/pb_3kV9…/~eyJ…/recording.mp4?download",
  posterUrl: "http://example.org:8080/hls/pb_3kV9…/~eyJ…/poster.jpg",
  thumbnailUrl: "http://example.org:8080/hls/pb_3kV9…/~eyJ…/thumbnail.jpg",
  thumbnailsUrl: "http://example.org:8080/hls/pb_3kV9…/~eyJ…/thumbnails.vtt",
  reason: "The machine fell 4 s behind.",
  avatarUrl: "https://example.org/ada.png",
  logoUrl: "/api/events/evt_Yw3nq0b1TzS8cVh5kE7r2A/logo/9f86d0…",
  bannerUrl: "https://example.org/banner.jpg",
  nextCursor: "WyIyMDI3LTAzLTAxVDA4OjAwOjAwLjAwMFoiLCJldnRfLi4uIl0",
  action: "event.updated",
  kind: "event",
  lastError: "the video codec is H.265: set H.264 in the encoder",
  type: "/problems/not-found",
  videoCodec: "h264",
  audioCodec: "aac",
};

const times: Record<string, string> = {
  endsAt: "2027-04-01T09:00:00.000Z",
  endedAt: "2027-04-01T09:00:00.000Z",
  expiresAt: "2027-04-08T07:00:00.000Z",
};

function exampleText({ pattern, format }: JsonSchema, name: string): string {
  const prefix = /^\^([a-z]+_)\[/.exec(pattern ?? "")?.[1];
  if (prefix) return `${prefix}Yw3nq0b1TzS8cVh5kE7r2A`;
  if (format === "date-time") return times[name] ?? "2027-04-01T07:00:00.000Z";
  if (pattern?.startsWith("^#")) return name.startsWith("accent") ? "#ffcc00" : "#1a2b3c";
  return texts[name] ?? "text";
}
