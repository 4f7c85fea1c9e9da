/**
 * What a capable person would write in an afternoon with Socket.IO and postgres, in its customary form: a message is
 * inserted, then emitted to the room; a vote is written, counted again, and the count emitted. The same database
 * server, tokens and checks at the door as Rostrum's. WebSocket transport only and no compression (the default).
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import postgres from "postgres";
import { Server, type Socket } from "socket.io";
import { newIdentifier } from "../../../edge/protocol/identifier.ts";

interface Caller {
  id: string;
  name: string;
  role: string;
  avatarUrl: string | null;
}

const { DATABASE_URL = "", SESSION_KEY = "", PORT = "0" } = process.env;
const sessionKey = Buffer.from(SESSION_KEY, "hex");
const sql = postgres(DATABASE_URL, {
  max: 10,
  fetch_types: false,
  transform: postgres.camel,
  onnotice: () => {},
});

await sql.unsafe(`
  create schema if not exists peer;
  create table if not exists peer.messages (
    id text primary key, session_id text not null references public.sessions on delete cascade,
    user_id text not null references public.users, text text not null, reply_to text,
    created_at timestamptz not null default now()
  );
  create index if not exists messages_of_session on peer.messages (session_id, created_at);
  create table if not exists peer.votes (
    poll_id text not null, user_id text not null references public.users, option_id text not null,
    primary key (poll_id, user_id)
  );
  create table if not exists peer.upvotes (
    question_id text not null, user_id text not null references public.users, primary key (question_id, user_id)
  );`);

async function callerOf(token: string): Promise<Caller> {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const given = Buffer.from(signature, "base64url");
  const wanted = createHmac("sha256", sessionKey).update(`${header}.${payload}`).digest();
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new Error("bad token");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const [caller] = await sql<Caller[]>`
    select users.id, users.name, users.role, users.avatar_url from logins join users on users.id = logins.user_id
    where logins.id = ${claims.lgn} and users.id = ${claims.sub} and logins.revoked_at is null
      and logins.expires_at > now()`;
  if (!caller || claims.exp * 1000 < Date.now()) throw new Error("ended");
  return caller;
}

const server = createServer();
const io = new Server(server, { transports: ["websocket"] });

io.use((socket, next) => {
  callerOf(String(socket.handshake.auth.token)).then(
    (caller) => {
      socket.data.caller = caller;
      next();
    },
    (error) => next(error),
  );
});

io.on("connection", (socket) => {
  on(socket, "session:join", async ({ sessionId }) => {
    const { id } = socket.data.caller as Caller;
    const [seat] = await sql`
      select 1 from sessions join attendees on attendees.event_id = sessions.event_id
      where sessions.id = ${sessionId} and attendees.user_id = ${id}`;
    if (!seat) throw new Error("not a member");
    await socket.join(sessionId);
    return { joined: sessionId };
  });

  on(socket, "chat:send", async ({ sessionId, text }) => {
    const caller = socket.data.caller as Caller;
    if (!socket.rooms.has(sessionId)) throw new Error("join first");
    if (typeof text !== "string" || text.length < 1 || text.length > 500) throw new Error("bad text");
    const id = newIdentifier("message");
    const [row] = await sql<{ createdAt: Date }[]>`
      insert into peer.messages (id, session_id, user_id, text) values (${id}, ${sessionId}, ${caller.id}, ${text})
      returning created_at`;
    const createdAt = row!.createdAt.toISOString();
    const message = { id, sessionId, user: caller, text, replyTo: null, pinned: false, createdAt };
    io.to(sessionId).emit("chat:message", message);
    return { id };
  });

  on(socket, "poll:vote", async ({ sessionId, pollId, optionIds }) => {
    const { id } = socket.data.caller as Caller;
    await sql`
      insert into peer.votes (poll_id, user_id, option_id) values (${pollId}, ${id}, ${optionIds[0]!})
      on conflict (poll_id, user_id) do update set option_id = excluded.option_id`;
    const options = await sql<{ id: string; votes: number }[]>`
      select option_id as id, count(*)::int as votes from peer.votes where poll_id = ${pollId}
      group by option_id order by option_id collate "C"`;
    io.to(sessionId).emit("poll:vote", { pollId, options });
    return {};
  });

  on(socket, "question:upvote", async ({ sessionId, questionId }) => {
    const { id } = socket.data.caller as Caller;
    await sql`
      insert into peer.upvotes (question_id, user_id) values (${questionId}, ${id}) on conflict do nothing`;
    const [row] = await sql<{ upvotes: number }[]>`
      select count(*)::int as upvotes from peer.upvotes where question_id = ${questionId}`;
    io.to(sessionId).emit("question:upvote", { questionId, upvotes: row!.upvotes });
    return {};
  });
});

/** Of all messages; unchecked, as it is customary. */
interface Said {
  sessionId: string;
  text: string;
  pollId: string;
  optionIds: string[];
  questionId: string;
}

function on(socket: Socket, event: string, handle: (data: Said) => Promise<object>): void {
  socket.on(event, (data, acknowledge) => {
    handle(data).then(
      (answer) => acknowledge({ ok: true, ...answer }),
      (error: Error) => acknowledge({ error: error.message }),
    );
  });
}

server.listen(Number(PORT), "127.0.0.1");
