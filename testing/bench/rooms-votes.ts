import { newIdentifier } from "../../edge/protocol/identifier.ts";
import type { Poll } from "../../edge/protocol/polls.ts";
import type { Question } from "../../edge/protocol/questions.ts";
import { type Ballot, makeBallot } from "../load/ballot.ts";
import { gather, type RoomsStage } from "./rooms-stage.ts";
import { type RoomsSystem, withCosts } from "./rooms-systems.ts";
import { table } from "./table.ts";

const voters = 2000;
const seconds = 5;
const questions = 5;
const mostFramesASecond = 4;

/**
 * 2,000 people in one session vote once and upvote once within five seconds, each at a moment of their own; then every
 * one of them must have been told the exact totals, and the API and the database must say the same.
 */
export async function measureVotes(stage: RoomsStage): Promise<string> {
  const rows = [
    [
      ...["system", "votes", "upvotes", "viewers with wrong totals", "exact after s", "ratio"],
      ...["frames/s to a viewer", "most in a second", "read by API", "rows", "its cores", "generator cores"],
    ],
  ];
  let peer = Number.NaN;
  for (const system of stage.systems) {
    const { sessionIds } = await gather(stage, system, { clients: voters, wantsTotals: true });
    const ballot = await ballotOf(stage, system, sessionIds[0]!);
    const load = { ...ballot, seconds, settleSeconds: 30, seed: 1 };
    const { result, cores } = await withCosts(system, () => stage.generator.vote(load));
    await stage.generator.disperse();
    process.stderr.write(`${system.name}, votes: ${JSON.stringify(result)}\n`);
    const said = { votes: result.votes, upvotes: result.upvotes };
    if (Number.isNaN(peer)) peer = result.settledSeconds;
    const isOurs = system.wire === "rostrum";
    const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);
    rows.push([
      system.name,
      `${sum(result.votes)} of ${voters}`,
      `${sum(result.upvotes)} of ${voters}`,
      String(result.wrongClients),
      result.wrongClients > 0 ? "never" : result.settledSeconds.toFixed(1),
      (peer / result.settledSeconds).toFixed(1),
      result.viewerFramesPerSecond.toFixed(1),
      `${result.mostFramesInASecond}${isOurs ? ` (limit ${mostFramesASecond})` : ""}`,
      isOurs ? compare(said, await readTotals(stage, sessionIds[0]!, ballot)) : "",
      // Who was not answered knows nothing to compare.
      result.unanswered > 0
        ? `${result.unanswered} unanswered`
        : compare(said, await countRows(stage, isOurs ? "public" : "peer", ballot)),
      (cores[system.holder] ?? 0).toFixed(2),
      result.generatorCores.toFixed(2),
    ]);
  }
  return `\n${voters} votes and ${voters} upvotes in ${seconds} s, from as many people, who all watch\n${table(rows)}`;
}

interface Counted {
  votes: number[];
  upvotes: number[];
}

function compare(said: Counted, counted: Counted): string {
  return JSON.stringify(said) === JSON.stringify(counted) ? "equal" : `DIFFERENT: ${JSON.stringify(counted)}`;
}

function ballotOf(stage: RoomsStage, { wire }: RoomsSystem, sessionId: string): Promise<Ballot> | Ballot {
  if (wire === "rostrum") {
    return makeBallot(stage.rostrum.anonymous.as(stage.scene.tokens[0]!), sessionId, questions);
  }
  const ids = (kind: "pollOption" | "question", count: number) =>
    Array.from({ length: count }, () => newIdentifier(kind)).sort(byCode);
  return {
    pollId: newIdentifier("poll"),
    optionIds: ids("pollOption", 4),
    questionIds: ids("question", questions),
  };
}

/** As PostgreSQL's collation "C" orders, in which the peer answers its options. */
const byCode = (one: string, other: string) => (one < other ? -1 : 1);

async function readTotals(stage: RoomsStage, sessionId: string, ballot: Ballot): Promise<Counted> {
  const moderator = stage.rostrum.anonymous.as(stage.scene.tokens[0]!);
  const poll = await moderator.call<Poll>("GET", `/api/polls/${ballot.pollId}`);
  const { items } = await moderator.call<{ items: Question[] }>("GET", `/api/questions/session/${sessionId}`);
  return {
    votes: poll.options.map(({ votes }) => votes ?? -1),
    upvotes: ballot.questionIds.map((id) => items.find((question) => question.id === id)?.upvotes ?? -1),
  };
}

/** Counted from the rows of single votes, not from any sum. */
async function countRows({ scene: { sql } }: RoomsStage, schema: string, ballot: Ballot): Promise<Counted> {
  const [votes, upvotes] = schema === "peer" ? ["votes", "upvotes"] : ["poll_votes", "question_upvotes"];
  const count = async (from: string, column: string, ids: readonly string[]) => {
    const rows = await sql<{ id: string; count: number }[]>`
      select ${sql(column)} as id, count(*)::int as count from ${sql(`${schema}.${from}`)}
      where ${sql(column)} in ${sql(ids)} group by 1`;
    return ids.map((id) => rows.find((row) => row.id === id)?.count ?? 0);
  };
  return {
    votes: await count(votes!, "option_id", ballot.optionIds),
    upvotes: await count(upvotes!, "question_id", ballot.questionIds),
  };
}
