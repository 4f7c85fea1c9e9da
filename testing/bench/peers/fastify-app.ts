/**
 * What a capable person would write in an afternoon with Fastify and postgres: the same tables, questions, answers and
 * checks as Rostrum's, asked of the database each time, and nothing around them. Every request is logged in a line.
 */
import { createHash, createHmac, scrypt, timingSafeEqual } from "node:crypto";
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import Fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import postgres from "postgres";
import { presentEvent, presentSession } from "../../../edge/api/events/event-views.ts";
import { parseStoredHash } from "../../../edge/api/password-hashing/stored-hash.ts";
import { newIdentifier } from "../../../edge/protocol/identifier.ts";

type EventRow = Parameters<typeof presentEvent>[0];
type SessionRow = Parameters<typeof presentSession>[0] & { streamId: string | null; speakers: string[] };
interface Caller {
  id: string;
  role: string;
}

const { DATABASE_URL = "", SESSION_KEY = "", PORT = "0" } = process.env;
const sessionKey = Buffer.from(SESSION_KEY, "hex");
const sql = postgres(DATABASE_URL, { max: 10, fetch_types: false, transform: postgres.camel });
const app = Fastify({ logger: true, disableRequestLogging: true, bodyLimit: 64 * 1024 * 1024 });

app.addHook("onResponse", async (request, reply) => {
  const { method, url, id } = request;
  request.log.info({ id, method, url, status: reply.statusCode, ms: reply.elapsedTime });
});
app.addContentTypeParser("text/csv", (_request, body, done) => done(null, body));

const refusal = (status: number, title: string) => Object.assign(new Error(title), { statusCode: status });

function sign(input: string): Buffer {
  return createHmac("sha256", sessionKey).update(input).digest();
}

async function callerOf(request: FastifyRequest): Promise<Caller> {
  const [header = "", payload = "", signature = ""] = (request.headers.authorization ?? "")
    .slice(7)
    .split(".");
  const given = Buffer.from(signature, "base64url");
  const wanted = sign(`${header}.${payload}`);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw refusal(401, "bad token");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  if (claims.iss !== "rostrum" || claims.aud !== "session" || claims.exp * 1000 < Date.now()) {
    throw refusal(401, "bad token");
  }
  const [caller] = await sql<Caller[]>`
    select users.id, users.role from logins join users on users.id = logins.user_id
    where logins.id = ${claims.lgn} and users.id = ${claims.sub} and users.deleted_at is null
      and logins.revoked_at is null and logins.expires_at > now()`;
  if (!caller) throw refusal(401, "ended");
  return caller;
}

function readVisibleEvent(id: string, caller: Caller) {
  return sql<(EventRow & { banned: boolean })[]>`
    select events.*, bans.user_id is not null as banned from events
    left join members on members.event_id = events.id and members.user_id = ${caller.id}
    left join attendees on attendees.event_id = events.id and attendees.user_id = ${caller.id}
    left join bans on bans.event_id = events.id and bans.user_id = ${caller.id}
    where events.id = ${id}
      and (${caller.role} in ('moderator', 'admin') or (visibility = 'public' and status <> 'draft')
        or members.role = 'moderator'
        or ((attendees.user_id is not null or members.user_id is not null) and bans.user_id is null))`;
}

function readSessions(eventIds: string[]) {
  return sql<SessionRow[]>`
    select sessions.*, streams.id as stream_id, coalesce(
      (select jsonb_agg(user_id order by user_id) from session_speakers where session_id = sessions.id), '[]') as speakers
    from sessions left join streams on streams.session_id = sessions.id
    where sessions.event_id in ${sql(eventIds)}
    order by sessions.starts_at asc nulls last, sessions.created_at, sessions.id`;
}

const present = (row: EventRow, sessions: SessionRow[]) =>
  presentEvent(
    row,
    sessions
      .filter(({ eventId }) => eventId === row.id)
      .map((session) => presentSession(session, session.streamId, session.speakers)),
  );

app.get<{ Params: { id: string } }>("/api/events/:id", async (request, reply) => {
  const [row] = await readVisibleEvent(request.params.id, await callerOf(request));
  if (!row) throw refusal(404, "no such event");
  const text = JSON.stringify(present(row, await readSessions([row.id])));
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 24);
  reply.headers({ etag: `"${row.version}-${hash}"`, "content-type": "application/json" });
  return text;
});

app.get("/api/events", async (request) => {
  const caller = await callerOf(request);
  const rows = await sql<EventRow[]>`
    select * from events
    where ${caller.role} in ('moderator', 'admin') or (visibility = 'public' and status <> 'draft')
      or ((exists (select from attendees where event_id = events.id and user_id = ${caller.id})
          or exists (select from members where event_id = events.id and user_id = ${caller.id}))
        and not exists (select from bans where event_id = events.id and user_id = ${caller.id}))
    order by created_at desc, id desc limit 51`;
  const page = rows.slice(0, 50);
  const sessions = page.length === 0 ? [] : await readSessions(page.map(({ id }) => id));
  const last = rows.length > 50 ? page.at(-1) : undefined;
  const cursor = last && Buffer.from(JSON.stringify([last.createdAt, last.id])).toString("base64url");
  return { items: page.map((row) => present(row, sessions)), nextCursor: cursor ?? null };
});

app.post<{ Params: { id: string } }>("/api/events/:id/join", async (request, reply) => {
  const caller = await callerOf(request);
  const [event] = await readVisibleEvent(request.params.id, caller);
  if (!event) throw refusal(404, "no such event");
  if (event.banned || event.status === "ended" || event.status === "cancelled") throw refusal(403, "closed");
  const joinedAt = new Date();
  const taken = await sql`
    with seat as (
      insert into attendees (event_id, user_id, joined_at) values (${event.id}, ${caller.id}, ${joinedAt})
      on conflict do nothing returning event_id, user_id
    ), off_the_list as (
      delete from waitlist using seat
      where waitlist.event_id = seat.event_id and waitlist.user_id = seat.user_id
    ) select 1 from seat`;
  reply.code(taken.length > 0 ? 201 : 200);
  return { eventId: event.id, userId: caller.id, joinedAt };
});

app.post<{ Body: { email: string; password: string } }>("/api/auth/login", async (request, reply) => {
  const { email, password } = request.body;
  const [user] = await sql`select * from users where email = ${email.toLowerCase()}`;
  const stored = parseStoredHash(user?.passwordHash ?? "");
  if (!user || !stored || !(await matches(password, stored))) throw refusal(401, "no");
  const expiresAt = new Date(Date.now() + 7 * 86_400_000);
  const id = newIdentifier("login");
  await sql`insert into logins (id, user_id, expires_at, user_agent, ip)
    values (${id}, ${user.id}, ${expiresAt}, ${request.headers["user-agent"] ?? null}, ${request.ip})`;
  const exp = Math.floor(expiresAt.getTime() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${encode({ alg: "HS256" })}.${encode({ iss: "rostrum", aud: "session", sub: user.id, lgn: id, exp })}`;
  const token = `${head}.${sign(head).toString("base64url")}`;
  reply.header("set-cookie", `session=${token}; HttpOnly; Path=/; SameSite=Lax`);
  const { name, role, avatarUrl, createdAt } = user;
  return { user: { id: user.id, email: user.email, name, role, avatarUrl, createdAt }, token, expiresAt };
});

function matches(
  password: string,
  stored: NonNullable<ReturnType<typeof parseStoredHash>>,
): Promise<boolean> {
  const { cost: N, blockSize: r, parallelization: p, salt, hash } = stored;
  return new Promise((resolve, reject) =>
    scrypt(password, salt, hash.length, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(timingSafeEqual(key, hash)),
    ),
  );
}

app.post("/api/users/import", async (request, reply: FastifyReply) => {
  const { role } = await callerOf(request);
  if (role !== "admin") throw refusal(403, "not yours");
  const rows = (request.body as Readable).pipe(parse({ columns: true, bom: true }));
  reply.header("content-type", "application/x-ndjson");
  return reply.send(Readable.from(importLines(rows)));
});

async function* importLines(rows: AsyncIterable<{ email: string; name: string; role: string }>) {
  const counts = { created: 0, skipped: 0 };
  let batch: { id: string; email: string; name: string; role: string }[] = [];
  let line = 1;
  const flush = async () => {
    const made = new Set(
      (await sql`insert into users ${sql(batch)} on conflict do nothing returning id`).map(({ id }) => id),
    );
    const lines = batch.map(({ id }) => {
      const status = made.has(id) ? "created" : "skipped";
      counts[status]++;
      return JSON.stringify({ type: "row", line: ++line, status });
    });
    batch = [];
    return `${lines.join("\n")}\n`;
  };
  for await (const { email, name, role } of rows) {
    batch.push({ id: newIdentifier("user"), email: email.toLowerCase(), name, role });
    if (batch.length === 1000) yield await flush();
  }
  if (batch.length > 0) yield await flush();
  yield `${JSON.stringify({ type: "summary", ...counts })}\n`;
}

await app.listen({ port: Number(PORT), host: "127.0.0.1" });
