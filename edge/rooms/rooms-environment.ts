import * as v from "valibot";
import { roomProcesses } from "../protocol/room-placement.ts";

const HttpUrls = v.pipe(
  v.string(),
  v.transform(roomProcesses),
  v.array(v.pipe(v.string(), v.url(), v.regex(/^https?:/))),
);
const HttpUrl = v.pipe(
  v.string(),
  v.url(),
  v.regex(/^https?:/),
  v.transform((url) => url.replace(/\/+$/, "")),
);

const RoomsEnvironment = v.object({
  /** Where the edge API's `/internal` answers. */
  EDGE_INTERNAL_URL: HttpUrl,
  INTERNAL_API_KEY: v.pipe(v.string(), v.minLength(1)),
  /** Where gateways reach session and event rooms: this program, or every process of it, in their order. */
  ROOMS_URL: HttpUrls,
  /** Which of them this is. */
  ROOM_PROCESS: v.pipe(
    v.nullish(v.union([v.string(), v.number()]), 0),
    v.transform(Number),
    v.integer(),
    v.minValue(0),
  ),
  GATEWAYS: v.pipe(
    v.optional(v.union([v.string(), v.number()]), "2"),
    v.transform(Number),
    v.integer(),
    v.minValue(1),
    v.maxValue(1024),
  ),
});
export type RoomsEnvironment = v.InferOutput<typeof RoomsEnvironment>;

export type ParsedEnvironment =
  | { ok: true; environment: RoomsEnvironment }
  | { ok: false; variables: string[] };

let parsed: { from: string; result: ParsedEnvironment } | null = null;

/** PartyKit makes a new object a request of the same variables, so the last result is kept by their values. */
export function roomsEnvironment(env: Record<string, unknown>): ParsedEnvironment {
  const from = JSON.stringify(Object.keys(RoomsEnvironment.entries).map((name) => env[name] ?? null));
  if (parsed?.from !== from) parsed = { from, result: parse(env) };
  return parsed.result;
}

function parse(env: Record<string, unknown>): ParsedEnvironment {
  const result = v.safeParse(RoomsEnvironment, env);
  if (result.success) return { ok: true, environment: result.output };
  const variables = new Set(result.issues.map((issue) => String(issue.path?.[0]?.key)));
  return { ok: false, variables: [...variables] };
}

/** For room classes: their guard has refused every caller already when the environment is wrong. */
export function requireEnvironment(env: Record<string, unknown>): RoomsEnvironment {
  const result = roomsEnvironment(env);
  if (!result.ok) throw new Error(`wrong or missing: ${result.variables.join(", ")}`);
  return result.environment;
}
