/**
 * What a capable person would write first: Fastify selects all of an event's chat, makes one string of it with the
 * library of the fastest way (csv-stringify's, at once) and sends it. Nobody is asked who they are, and no cell is made
 * harmless beyond what the library's own option does.
 */
import { stringify } from "csv-stringify/sync";
import Fastify from "fastify";
import postgres from "postgres";

const { DATABASE_URL = "", PORT = "0" } = process.env;
const sql = postgres(DATABASE_URL, { max: 10, fetch_types: false, onnotice: () => {} });

const app = Fastify();
app.get<{ Params: { eventId: string } }>("/chat/:eventId", async (request, reply) => {
  const rows = await sql`
    select message.created_at, session.title, author.name, author.role, message.text, message.state,
           message.deleted_at is not null as deleted, message.pinned, message.reply_to, message.id, author.id as author_id
    from chat_messages message join sessions session on session.id = message.session_id
    join users author on author.id = message.user_id
    where session.event_id = ${request.params.eventId} order by session.id, message.seq`;
  return reply
    .type("text/csv; charset=utf-8")
    .send(
      stringify([...rows], { header: true, bom: true, record_delimiter: "windows", escape_formulas: true }),
    );
});

await app.listen({ port: Number(PORT), host: "127.0.0.1" });
