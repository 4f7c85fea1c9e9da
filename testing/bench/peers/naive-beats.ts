/**
 * What a capable person would write first: Fastify checks the token and the shape of a beat and inserts a row for each,
 * on ten connections. Nothing is logged, and no viewer, stream or revocation is looked up.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import Fastify from "fastify";
import postgres from "postgres";

const { DATABASE_URL = "", BEAT_KEY = "", PORT = "0" } = process.env;
const beatKey = Buffer.from(BEAT_KEY, "hex");
const sql = postgres(DATABASE_URL, { max: 10, fetch_types: false, onnotice: () => {} });
await sql`
  create table if not exists naive_beats (
    id bigserial primary key, stream_id text not null, viewer_id text not null, play_id text not null,
    at timestamptz not null default now(), beat int not null, playing bool not null, ended bool not null,
    played_seconds float8 not null, stalls int not null, stall_seconds float8 not null, errors int not null,
    latency_seconds float8, renditions jsonb not null)`;
// Without these no report over hours would be found in them.
await sql`create index if not exists naive_beats_of_stream on naive_beats (stream_id, at)`;
await sql`create index if not exists naive_beats_of_viewer on naive_beats (viewer_id, at)`;

interface Beat {
  token: string;
  playId: string;
  beat: number;
  playing: boolean;
  ended: boolean;
  playedSeconds: number;
  stalls: number;
  stallSeconds: number;
  errors: number;
  latencySeconds: number;
  renditions: Record<string, number>;
}

const count = { type: "integer", minimum: 0 };
const seconds = { type: "number", minimum: 0 };
const body = {
  type: "object",
  required: ["token", "playId", "beat", "playing", "playedSeconds"],
  properties: {
    ...{ token: { type: "string" }, playId: { type: "string" }, beat: count, playing: { type: "boolean" } },
    ...{ ended: { type: "boolean" }, playedSeconds: seconds, stalls: count, stallSeconds: seconds },
    ...{
      errors: count,
      latencySeconds: seconds,
      renditions: { type: "object", additionalProperties: seconds },
    },
  },
};

function claimsOf(token: string): { sub: string; str: string } | null {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const given = Buffer.from(signature, "base64url");
  const wanted = createHmac("sha256", beatKey).update(`${header}.${payload}`).digest();
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  return claims.aud === "beat" && claims.exp * 1000 > Date.now() ? claims : null;
}

const app = Fastify();
app.post<{ Body: Beat }>("/api/playback/beat", { schema: { body } }, async (request, reply) => {
  const told = request.body;
  const claims = claimsOf(told.token);
  if (!claims) return reply.code(401).send();
  await sql`
    insert into naive_beats
      (stream_id, viewer_id, play_id, beat, playing, ended, played_seconds, stalls, stall_seconds, errors,
       latency_seconds, renditions)
    values (${claims.str}, ${claims.sub}, ${told.playId}, ${told.beat}, ${told.playing}, ${told.ended},
      ${told.playedSeconds}, ${told.stalls}, ${told.stallSeconds}, ${told.errors}, ${told.latencySeconds},
      ${JSON.stringify(told.renditions)})`;
  return reply.code(204).send();
});

await app.listen({ port: Number(PORT), host: "127.0.0.1" });
