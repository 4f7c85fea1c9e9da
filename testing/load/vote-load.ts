import { SeededRandom } from "../kills/seeded-random.ts";
import { type Crowd, type Effort, sleep, withEffort } from "./crowd.ts";

export interface VoteLoad {
  pollId: string;
  optionIds: string[];
  questionIds: string[];
  /** Every client votes once and upvotes one question once, at moments of its own within so many seconds. */
  seconds: number;
  /** How long the totals may take to be right everywhere after the last vote. */
  settleSeconds: number;
  seed: number;
}

export interface VoteResult extends Effort {
  /** Accepted ones, as their senders were told: by option, and by question. */
  votes: number[];
  upvotes: number[];
  refused: Record<string, number>;
  unanswered: number;
  /** Clients whose newest totals are not exactly those. */
  wrongClients: number;
  /** From the last vote sent until all of that was so. */
  settledSeconds: number;
  /** Frames with totals to one client while people voted: a second on average, and in its busiest second. */
  viewerFramesPerSecond: number;
  mostFramesInASecond: number;
}

const observed = 50;

/** All clients vote and upvote; then each of them must have been told the exact totals. */
export async function vote(crowd: Crowd, load: VoteLoad): Promise<VoteResult> {
  crowd.forgetTroubles();
  const random = new SeededRandom(load.seed);
  const observers = crowd.clients.slice(0, observed);
  for (const client of observers) client.totalsAt = [];
  const choices: { number: number; option: number | null; question: number | null }[] = [];
  const cast = crowd.clients.flatMap((client) => {
    const option = random.index(load.optionIds.length);
    const question = random.index(load.questionIds.length);
    return [
      { at: random.next() * load.seconds * 1000, client, option, question: null },
      { at: random.next() * load.seconds * 1000, client, option: null, question },
    ];
  });
  cast.sort((one, other) => one.at - other.at);

  const tally = () => {
    const accepted = choices.filter(({ number }) => crowd.said[number]!.accepted === true);
    return {
      votes: load.optionIds.map((_, index) => accepted.filter(({ option }) => option === index).length),
      upvotes: load.questionIds.map(
        (_, index) => accepted.filter(({ question }) => question === index).length,
      ),
    };
  };
  const result = await withEffort(crowd.tally, async () => {
    const began = performance.now();
    for (const { at, client, option, question } of cast) {
      while (performance.now() - began < at) await sleep(4);
      const number = crowd.say(client, () =>
        option !== null
          ? { kind: "vote", pollId: load.pollId, optionId: load.optionIds[option]! }
          : { kind: "upvote", questionId: load.questionIds[question!]! },
      );
      choices.push({ number, option, question });
    }
    const last = performance.now();
    while (performance.now() - last < load.settleSeconds * 1000) {
      const answered = choices.every(({ number }) => crowd.said[number]!.accepted !== null);
      if (answered && countWrong(crowd, load, tally()) === 0) break;
      await sleep(100);
    }
    return { settledSeconds: (performance.now() - last) / 1000 };
  });
  const totals = tally();
  const frames = observers.map(({ totalsAt }) => totalsAt ?? []);
  return {
    ...result,
    ...totals,
    refused: crowd.refusals,
    unanswered: choices.filter(({ number }) => crowd.said[number]!.accepted === null).length,
    wrongClients: countWrong(crowd, load, totals),
    viewerFramesPerSecond: Math.max(...frames.map((at) => at.length / secondsBetween(at))),
    mostFramesInASecond: Math.max(...frames.map(mostInASecond)),
  };
}

function countWrong(
  { clients }: Crowd,
  { pollId, questionIds }: VoteLoad,
  { votes, upvotes }: { votes: number[]; upvotes: number[] },
): number {
  const isRight = (newest: Map<string, number[] | null>) =>
    String(newest.get(pollId)) === String(votes) &&
    questionIds.every((id, index) => (newest.get(id)?.[0] ?? 0) === upvotes[index]);
  return clients.filter(({ newest }) => !isRight(newest)).length;
}

function secondsBetween(at: readonly number[]): number {
  return Math.max(1, ((at.at(-1) ?? 0) - (at[0] ?? 0)) / 1000);
}

function mostInASecond(at: readonly number[]): number {
  let [most, from] = [0, 0];
  for (const [index, time] of at.entries()) {
    while (time - at[from]! >= 1000) from++;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
