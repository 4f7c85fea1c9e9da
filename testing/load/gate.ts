/**
 * `npm run gate:rooms [-- --seed N] [--clients 400] [--seconds 15]`: a smaller load than the benchmark's, with every
 * socket cut once, and votes. Exit code 1 when one event is missing or doubled anywhere, or one total is wrong.
 */
import { parseArgs } from "node:util";
import { createRoomsScene } from "../bench/rooms-scene.ts";
import { addressOf } from "../bench/rooms-systems.ts";
import { table } from "../bench/table.ts";
import { startRostrum } from "../support/rostrum.ts";
import { makeBallot } from "./ballot.ts";
import type { ChatResult } from "./chat-load.ts";
import { startLoadGenerator } from "./load-generator.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, clients: { type: "string" }, seconds: { type: "string" } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const clients = Number(values.clients ?? 400);
const seconds = Number(values.seconds ?? 15);
const sessions = 2;
const rate = 60;
process.stdout.write(`seed ${seed}\n`);

/** What may not be, in words; empty when all is well. */
function findings(result: ChatResult): string[] {
  const { accepted, sent, lost, doubled, unanswered, refused, drops } = result;
  return [
    ...(sent === 0 ? ["nothing was sent"] : []),
    ...(lost > 0 ? [`${lost} of ${result.expected} deliveries are missing`] : []),
    ...(doubled > 0 ? [`${doubled} deliveries came twice`] : []),
    ...(unanswered > 0 ? [`${unanswered} commands were never answered`] : []),
    ...(accepted + unanswered < sent ? [`commands were refused: ${JSON.stringify(refused)}`] : []),
    ...(Object.keys(drops).length > 0 ? [`connections were closed: ${JSON.stringify(drops)}`] : []),
  ];
}

const rostrum = await startRostrum();
const generator = startLoadGenerator();
const rows = [["load", "sent", "deliveries", "lost", "doubled", "dropped by seq", "p95 ms", "wrong"]];
const wrong: string[] = [];
try {
  const { databaseUrl, jwtSecret } = addressOf(rostrum);
  const scene = await createRoomsScene(databaseUrl, jwtSecret, { people: clients, moderators: 50 });
  const sessionIds = await scene.createSessions(sessions);
  const crowdIn = (inSessions: string[], run: string) => ({
    wire: "rostrum" as const,
    origin: rostrum.url,
    sessionIds: inSessions,
    run: `gate-${seed}-${run}`,
    entering: 100,
    wantsTotals: run === "votes",
    people: scene.tokens.map((token, index) => ({
      token,
      session: index % inSessions.length,
      sends: index < scene.moderators,
    })),
  });
  await generator.gather(crowdIn(sessionIds, "chat"));
  for (const [name, cuts] of [
    ["calm", null],
    ["each socket cut at a time of its own", "scattered"],
    ["every socket cut at one moment", "at-once"],
  ] as const) {
    const load = { rate, seconds, warmUpSeconds: 1, drainSeconds: 60, seed };
    const result = await generator.chat({ ...load, ...(cuts === null ? {} : { cuts }) });
    const found = findings(result);
    wrong.push(...found.map((finding) => `${name}: ${finding}`));
    const { sent, expected, lost, doubled, repeated, p95Ms } = result;
    rows.push([name, ...[sent, expected, lost, doubled, repeated, p95Ms, found.length].map(String)]);
  }
  // What the clients were told is what is written: as many messages, and their seqs without a hole.
  const logs = await scene.sql<{ messages: number; last: number; first: number }[]>`
    select count(*)::int as messages, max(seq)::int as last, min(seq)::int as first
    from chat_messages where session_id in ${scene.sql(sessionIds)} group by session_id`;
  const written = logs.reduce((sum, { messages }) => sum + messages, 0);
  const sent = rows.slice(1).reduce((sum, row) => sum + Number(row[1]), 0);
  if (written !== sent) wrong.push(`${sent} messages were accepted, and ${written} are in the database`);
  for (const { messages, first, last } of logs) {
    if (last - first + 1 !== messages) wrong.push(`${messages} messages have the seqs ${first} to ${last}`);
  }
  const [votesIn] = await scene.createSessions(1);
  await generator.gather(crowdIn([votesIn!], "votes"));
  const ballot = await makeBallot(rostrum.anonymous.as(scene.tokens[0]!), votesIn!, 3);
  const votes = await generator.vote({ ...ballot, seconds: 5, settleSeconds: 60, seed });
  const cast = [...votes.votes, ...votes.upvotes].reduce((sum, count) => sum + count, 0);
  if (cast !== clients * 2) {
    wrong.push(`${cast} of ${clients * 2} votes and upvotes were accepted: ${JSON.stringify(votes.refused)}`);
  }
  if (votes.wrongClients > 0) wrong.push(`${votes.wrongClients} clients ended with wrong totals`);
  rows.push(["votes and upvotes", String(cast), "", "", "", "", "", String(votes.wrongClients)]);
  await scene.close();
} finally {
  await generator.stop();
  await rostrum.remove();
}
process.stdout.write(`${table(rows)}\n${wrong.map((finding) => `${finding}\n`).join("")}seed ${seed}\n`);
process.exit(wrong.length > 0 ? 1 : 0);
