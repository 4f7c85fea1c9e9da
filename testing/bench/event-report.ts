import postgres from "postgres";
import type { EventAnalytics } from "../../edge/protocol/analytics.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { waitFor } from "../support/wait-for.ts";
import { databaseUrlOf } from "./copy-database.ts";
import { createNaiveBeats, type NaiveReport, readNaiveReport } from "./peers/naive-report.ts";
import { median, table } from "./table.ts";
import { tableSizes } from "./table-sizes.ts";
import { createWatchingScene, lastHour, type WatchingScene } from "./watching-scene.ts";

const viewers = Number(process.env.BENCH_VIEWERS ?? 5000);
const hours = Number(process.env.BENCH_HOURS ?? 4);
const calls = 20;
const peerCalls = 5;

/**
 * GET /api/events/:id/analytics of an event that 5,000 people watched for four hours, through nginx and the API of a
 * whole copy, over what the copy itself rolled up; beside plain SQL over one row a beat on the same PostgreSQL, which
 * has the figures of watching alone to find and neither HTTP nor JSON to do (peers/naive-report.ts).
 */
export async function measureEventReport(): Promise<void> {
  const rostrum = await startRostrum();
  const sql = postgres(await databaseUrlOf(rostrum), { max: 5, fetch_types: false, onnotice: () => {} });
  try {
    const [scene, sceneSeconds] = await timed(() =>
      createWatchingScene(sql, { viewers, hours, until: lastHour() }),
    );
    const [, rollUpSeconds] = await timed(() => rolledUp(sql, scene));
    await createNaiveBeats(sql, scene);
    await sql`vacuum analyze`;
    const ours = await repeat(calls, () => readReport(rostrum, scene));
    const naive = await repeat(peerCalls, () => readNaiveReport(sql, scene));
    requireSameFigures(ours.last.summary, naive.last);
    const ratio = naive.p50 / ours.p50;
    process.stdout.write(
      `\nReport of an event, ${viewers} viewers × ${hours} hours (${ours.bytes} bytes of JSON)\n${table([
        ["system", "calls", "p50 ms", "p95 ms", "rows read from", "their size MB"],
        ["Rostrum", String(calls), ...times(ours), ...(await sizes(sql, ["watch_roll_ups", "viewer_hours"]))],
        ["a row a beat (peer)", String(peerCalls), ...times(naive), ...(await sizes(sql, ["naive_beats"]))],
      ])}\nThe peer takes ${ratio.toFixed(0)} times as long, for less. The raw log was written in ${sceneSeconds.toFixed(0)} s, and rolled up after ${rollUpSeconds.toFixed(0)} s.\n`,
    );
  } finally {
    await sql.end({ timeout: 5 });
    await rostrum.remove();
  }
}

/** The copy's own ticks do it. */
async function rolledUp(sql: postgres.Sql, { sessionIds }: WatchingScene): Promise<void> {
  await waitFor(
    "the raw log is rolled up",
    async () => {
      const waiting = await sql`
        select 1 from roll_up_marks where subject_id in ${sql(sessionIds)} and rolled_up_at < seen_at`;
      return waiting.length === 0;
    },
    { timeoutSeconds: 1800 },
  );
}

async function readReport({ url, admin }: Rostrum, { eventId }: WatchingScene): Promise<EventAnalytics> {
  const response = await fetch(`${url}/api/events/${eventId}/analytics`, {
    headers: { authorization: `Bearer ${admin.token}` },
  });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`the report answered ${response.status}: ${body}`);
  return JSON.parse(body) as EventAnalytics;
}

/** The comparison means something only where both find the same. */
function requireSameFigures(ours: NaiveReport, naive: NaiveReport): void {
  const near = (figure: "peakViewers" | "watchSeconds") =>
    Math.abs(ours[figure] - naive[figure]) <= 0.02 * naive[figure];
  if (ours.uniqueViewers !== naive.uniqueViewers || !near("peakViewers") || !near("watchSeconds"))
    throw new Error(`the figures differ: ${JSON.stringify({ ours, naive })}`);
}

/** One more goes before, and does not count. */
async function repeat<Of>(count: number, work: () => Promise<Of>) {
  let last = await work();
  const took: number[] = [];
  for (let call = 0; call < count; call++) {
    const [answer, seconds] = await timed(work);
    last = answer;
    took.push(seconds * 1000);
  }
  took.sort((one, other) => one - other);
  const bytes = JSON.stringify(last).length;
  return { last, bytes, p50: median(took), p95: took[Math.ceil(count * 0.95) - 1] ?? Number.NaN };
}

function times({ p50, p95 }: { p50: number; p95: number }): string[] {
  return [p50.toFixed(0), p95.toFixed(0)];
}

async function sizes(sql: postgres.Sql, tables: readonly string[]): Promise<string[]> {
  const { rows, bytes } = await tableSizes(sql, tables);
  return [String(rows), (bytes / 1e6).toFixed(0)];
}

async function timed<Of>(work: () => Promise<Of>): Promise<[Awaited<Of>, number]> {
  const began = performance.now();
  const answer = await work();
  return [answer, (performance.now() - began) / 1000];
}
