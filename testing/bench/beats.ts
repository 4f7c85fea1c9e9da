import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { signBeatToken } from "../../edge/auth/beat-token.ts";
import { newIdentifier } from "../../edge/protocol/identifier.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { waitFor } from "../support/wait-for.ts";
import type { BeatFindings, BeatOrders } from "./beats-generator.ts";
import { databaseUrlOf } from "./copy-database.ts";
import { startNaiveBeats } from "./peers/peer-process.ts";
import { processorShares } from "./processor-share.ts";
import { childrenOf } from "./processor-time.ts";
import { table } from "./table.ts";
import { tableSizes } from "./table-sizes.ts";

const viewers = 20_000;
const periodSeconds = 15;
const warmUpSeconds = 5;
const seconds = Number(process.env.BENCH_SECONDS ?? 60);
const connections = 500;
const jwtSecret = "a secret of the benchmark, long enough";

interface System {
  name: string;
  url: string;
  /** What answers, by the name of the column. */
  pids: Record<"api" | "nginx", readonly number[]>;
  tables: readonly string[];
}

interface Result extends BeatFindings {
  shares: Record<"api" | "nginx" | "postgres", number>;
  walBytes: number;
  rowWrites: number;
  rows: number;
  bytes: number;
}

/**
 * 20,000 viewers whose players beat every 15 s, through nginx to one API and its durable PostgreSQL; and the same beats
 * to a server that inserts a row for each (peers/naive-beats.ts) into the same PostgreSQL, without an nginx before it.
 */
export async function measureBeats(): Promise<void> {
  const rostrum = await startRostrum({
    environment: { JWT_SECRET: jwtSecret, BEATS_PER_ADDRESS: "1000000" },
  });
  const databaseUrl = await databaseUrlOf(rostrum);
  const sql = postgres(databaseUrl, { max: 2, fetch_types: false, onnotice: () => {} });
  const peer = await startNaiveBeats(databaseUrl, jwtSecret);
  try {
    const tokens = await signTokens(await createStream(sql));
    const nginx = await rostrum.pidOf("nginx-http");
    const ours: System = {
      name: "Rostrum",
      url: rostrum.url,
      pids: {
        api: [await rostrum.pidOf("api")],
        nginx: [nginx, ...childrenOf(nginx)],
      },
      tables: ["plays", "play_minutes", "roll_up_marks"],
    };
    const naive: System = {
      name: "a row a beat (peer)",
      url: peer.origin,
      pids: { api: [peer.pid], nginx: [] },
      tables: ["naive_beats"],
    };
    const [peerResult, ourResult] = [
      await measure(sql, rostrum, naive, tokens),
      await measure(sql, rostrum, ours, tokens),
    ];
    await requireAllKept(sql, ourResult.sent);
    process.stdout.write(
      report([
        [naive, peerResult],
        [ours, ourResult],
      ]),
    );
  } catch (error) {
    throw new Error(`${String(error)}\n${rostrum.output().slice(-4000)}`);
  } finally {
    await peer.stop();
    await sql.end({ timeout: 5 });
    await rostrum.remove();
  }
}

async function createStream(sql: postgres.Sql): Promise<string> {
  const [eventId, sessionId, streamId] = [
    newIdentifier("event"),
    newIdentifier("session"),
    newIdentifier("stream"),
  ];
  await sql`insert into events ${sql({ id: eventId, slug: "beats", title: "Beats", status: "live" })}`;
  await sql`insert into sessions ${sql({ id: sessionId, event_id: eventId, title: "Beats" })}`;
  const stream = { id: streamId, title: "Beats", session_id: sessionId, status: "live" };
  await sql`insert into streams ${sql({ ...stream, playback_id: newIdentifier("playback"), key_hash: "0".repeat(64) })}`;
  return streamId;
}

function signTokens(streamId: string): Promise<string[]> {
  const endsAt = new Date(Date.now() + 3_600_000);
  const sign = () =>
    signBeatToken(jwtSecret, { streamId, viewerId: newIdentifier("viewer"), generation: 0 }, endsAt);
  return Promise.all(Array.from({ length: viewers }, sign));
}

async function measure(
  sql: postgres.Sql,
  rostrum: Rostrum,
  system: System,
  tokens: string[],
): Promise<Result> {
  const orders: BeatOrders = {
    ...{ port: Number(new URL(system.url).port), tokens, periodSeconds, warmUpSeconds, seconds, connections },
  };
  // Together, so that whichever fails is heard.
  const [findings, costs] = await Promise.all([generate(orders), costsOf(sql, rostrum, system)]);
  const { rows, bytes } = await tableSizes(sql, system.tables);
  return { ...findings, ...costs, rows, bytes };
}

/** What the measured time costs, once the warm-up is over. */
async function costsOf(
  sql: postgres.Sql,
  rostrum: Rostrum,
  system: System,
): Promise<Pick<Result, "shares" | "walBytes" | "rowWrites">> {
  await pause(warmUpSeconds * 1000);
  // Backends that were opened meanwhile are children too.
  const postmaster = await rostrum.pidOf("postgres");
  const pids = { ...system.pids, postgres: [postmaster, ...childrenOf(postmaster)] };
  const before = await readPostgres(sql, system.tables);
  const shares = await processorShares(pids, seconds);
  const after = await readPostgres(sql, system.tables);
  return {
    shares,
    walBytes: (after.wal - before.wal) / seconds,
    rowWrites: (after.writes - before.writes) / seconds,
  };
}

async function generate(orders: BeatOrders): Promise<BeatFindings> {
  const program = fileURLToPath(new URL("./beats-generator.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(orders));
  const answer = await text(child.stdout);
  if (answer === "") throw new Error("the generator gave up");
  return JSON.parse(answer) as BeatFindings;
}

/** Bytes of the write-ahead log so far, and rows written; what statements count is told every second or so. */
async function readPostgres(sql: postgres.Sql, tables: readonly string[]) {
  const [found] = await sql<{ wal: string; writes: string }[]>`
    select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as wal,
      (select sum(n_tup_ins + n_tup_upd) from pg_stat_user_tables where relname in ${sql(tables)}) as writes`;
  return { wal: Number(found!.wal), writes: Number(found!.writes) };
}

/** The figures mean something only where no beat was lost: the newest beat of each viewer is there. */
async function requireAllKept(sql: postgres.Sql, sent: number): Promise<void> {
  await waitFor("every viewer's newest beat is kept", async () => {
    const [found] = await sql<{ beats: string | null }[]>`
      select sum(beat) as beats from (
        select max(beat) as beat from play_minutes group by stream_id, viewer_id, play_id) as newest`;
    return Number(found?.beats) === sent;
  });
}

function report(results: readonly (readonly [System, Result])[]): string {
  const peer = results[0]![1];
  const times = (of: number, than: number) => (of / than).toFixed(2);
  const figures = results.map(([{ name }, one]) => [
    name,
    one.perSecond.toFixed(0),
    ...[one.p50Ms, one.p95Ms, one.p99Ms, one.greatestMs].map((ms) => ms.toFixed(1)),
    ...[one.shares.api, one.shares.nginx, one.shares.postgres].map(
      (share) => `${(share * 100).toFixed(0)} %`,
    ),
    one.rowWrites.toFixed(0),
    (one.walBytes / 1024).toFixed(0),
    times(one.shares.postgres, peer.shares.postgres),
    times(one.walBytes, peer.walBytes),
    `${(one.cores * 100).toFixed(0)} %, ${one.lateMs.toFixed(1)} ms`,
  ]);
  const heading = [
    ...[
      "system",
      "beats/s",
      "p50 ms",
      "p95 ms",
      "p99 ms",
      "max ms",
      "API",
      "nginx",
      "PostgreSQL",
      "row writes/s",
    ],
    ...["WAL kB/s", "PostgreSQL, ratio", "WAL, ratio", "generator: core, late"],
  ];
  const kept = results.map(([{ name }, { rows, bytes }], index) => {
    const anHour = index === 0 ? (viewers / periodSeconds) * 3600 : viewers * 60 + viewers;
    return [
      name,
      rows.toFixed(0),
      (bytes / rows).toFixed(0),
      anHour.toFixed(0),
      ((anHour * (bytes / rows)) / 1e6).toFixed(0),
    ];
  });
  return [
    `\n${viewers} viewers, a beat each ${periodSeconds} s, ${seconds} s on ${connections} connections; shares of one core`,
    table([heading, ...figures]),
    `Kept: a row a beat for ever, or a row a play and minute, which goes after ANALYTICS_RAW_DAYS`,
    table([["system", "rows after this", "bytes a row", "rows after an hour", "MB after an hour"], ...kept]),
    "",
  ].join("\n");
}
