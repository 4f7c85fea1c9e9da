import postgres from "postgres";
import { newIdentifier } from "../../edge/protocol/identifier.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { databaseUrlOf } from "./copy-database.ts";
import { watchBackends, watchPeak } from "./memory-peak.ts";
import { startNaiveExport } from "./peers/peer-process.ts";
import { median, table } from "./table.ts";

const rows = 50_000;
const turns = 3;

interface Fetched {
  seconds: number;
  megabytes: number;
  apiMb: number;
  backendMb: number;
}

interface Sheet {
  name: string;
  url: string;
  token?: string;
  /** Whose memory counts. */
  pid: number;
}

/**
 * Sheets of 50,000 rows through nginx and the API of a whole copy, and as many rows of chat from a server that selects
 * all and sends one string (peers/naive-export.ts), from the same PostgreSQL.
 */
export async function measureCsvExport(): Promise<void> {
  const rostrum = await startRostrum();
  const databaseUrl = await databaseUrlOf(rostrum);
  const sql = postgres(databaseUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  const peer = await startNaiveExport(databaseUrl);
  try {
    const eventId = await createCrowd(sql);
    const sheets: Sheet[] = [
      { name: "chat: all at once (peer)", url: `${peer.origin}/chat/${eventId}`, pid: peer.pid },
      ...(await Promise.all(
        ["chat", "attendees", "watch"].map(async (name) => ({
          name: `${name}.csv`,
          url: `${rostrum.url}/api/events/${eventId}/export/${name}.csv`,
          token: rostrum.admin.token ?? "",
          pid: await rostrum.pidOf("api"),
        })),
      )),
    ];
    await warmUp(rostrum, eventId);
    const fetched = sheets.map((sheet) => ({ sheet, turns: [] as Fetched[] }));
    for (let turn = 0; turn < turns; turn++) {
      for (const each of fetched) each.turns.push(await fetchOnce(rostrum, each.sheet));
    }
    process.stdout.write(
      `\nCSV of ${rows} rows, median of ${turns}; memory is the most above idle\n${table([
        ["sheet", "MB", "seconds", "rows/s", "server grew MB", "PostgreSQL backend grew MB"],
        ...fetched.map(({ sheet, turns }) => {
          const seconds = median(turns.map((turn) => turn.seconds));
          return [
            sheet.name,
            turns[0]!.megabytes.toFixed(1),
            seconds.toFixed(2),
            (rows / seconds).toFixed(0),
            Math.max(...turns.map(({ apiMb }) => apiMb)).toFixed(0),
            Math.max(...turns.map(({ backendMb }) => backendMb)).toFixed(0),
          ];
        }),
      ])}\n`,
    );
  } catch (error) {
    throw new Error(`${String(error)}\n${rostrum.output().slice(-4000)}`);
  } finally {
    await peer.stop();
    await sql.end({ timeout: 5 });
    await rostrum.remove();
  }
}

async function fetchOnce(rostrum: Rostrum, { name, url, token, pid }: Sheet): Promise<Fetched> {
  const server = watchPeak(pid);
  const backends = watchBackends(await rostrum.pidOf("postgres"));
  const began = performance.now();
  const response = await fetch(
    url,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  );
  let [bytes, lines] = [0, 0];
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    for (const byte of chunk) if (byte === 10) lines++;
  }
  const seconds = (performance.now() - began) / 1000;
  const found = { seconds, megabytes: bytes / 1e6, apiMb: server(), backendMb: backends() };
  if (response.status !== 200 || lines !== rows + 1) {
    throw new Error(`${name} answered ${response.status} with ${lines} lines`);
  }
  return found;
}

/** Each sheet of an empty event: what is loaded once is no part of a sheet. */
async function warmUp({ url, admin }: Rostrum, eventId: string): Promise<void> {
  for (const file of ["polls.csv", "questions.csv"]) {
    const response = await fetch(`${url}/api/events/${eventId}/export/${file}`, {
      headers: { authorization: `Bearer ${admin.token}` },
    });
    await response.arrayBuffer();
  }
}

/** 50,000 people with a seat, who each watched an hour of one session and said one thing. */
async function createCrowd(sql: postgres.Sql): Promise<string> {
  const [eventId, sessionId] = [newIdentifier("event"), newIdentifier("session")];
  const [startsAt, endsAt] = ["2026-04-01T10:00:00Z", "2026-04-01T11:00:00Z"];
  await sql`insert into events ${sql({ id: eventId, slug: "crowd", title: "Crowd", status: "ended" })}`;
  await sql`insert into sessions ${sql({ id: sessionId, event_id: eventId, title: "Keynote", status: "ended", starts_at: startsAt, ends_at: endsAt })}`;
  await sql`
    insert into users (id, email, name)
    select 'usr_bench' || n, 'person' || n || '@bench.example', 'Person ' || n from generate_series(1, ${rows}::int) n`;
  await sql`
    insert into attendees (event_id, user_id, joined_at)
    select ${eventId}, 'usr_bench' || n, now() - make_interval(secs => n) from generate_series(1, ${rows}::int) n`;
  await sql`
    insert into viewer_hours (scope_id, viewer_id, hour, first_at, last_at, watched_seconds, renditions)
    select scope, 'usr_bench' || n, ${startsAt}, ${startsAt}, ${endsAt}, 60 + n % 3000, '{"720p": 60, "360p": 5}'
    from generate_series(1, ${rows}::int) n, unnest(array[${eventId}, ${sessionId}]) scope`;
  await sql`
    insert into chat_messages (id, session_id, seq, user_id, text)
    select 'msg_bench' || n, ${sessionId}, n, 'usr_bench' || n, 'Message ' || n || ', ' || repeat('and so on, ', 10)
    from generate_series(1, ${rows}::int) n`;
  await sql`analyze`;
  return eventId;
}
