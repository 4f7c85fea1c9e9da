import { SeededRandom } from "../kills/seeded-random.ts";
import { type Crowd, type Effort, sleep, withEffort } from "./crowd.ts";
import { DeliveryTimes } from "./delivery-times.ts";
import { type LoadClient, nowMs } from "./load-client.ts";
import { numberedText } from "./numbered-text.ts";

export interface ChatLoad {
  /** Messages a second, over all sessions. */
  rate: number;
  seconds: number;
  /** Deliveries of the first seconds are counted but not timed. */
  warmUpSeconds: number;
  /** How long what was said may take to arrive everywhere after the last was sent. */
  drainSeconds: number;
  /** `at-once`: every socket in the middle of it. `scattered`: every socket once, each at a time of its own. */
  cuts?: "at-once" | "scattered";
  seed?: number;
}

export interface ChatResult extends Effort {
  sent: number;
  accepted: number;
  refused: Record<string, number>;
  unanswered: number;
  /** Messages a second that were really sent. */
  sentPerSecond: number;
  expected: number;
  /** Accepted, and missing at a client that is in the session; each message at each client counts. */
  lost: number;
  doubled: number;
  repeated: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  mostMs: number;
  /** From the last message sent to the last arrival. */
  drainedSeconds: number;
  deliveriesPerSecond: number;
  /** After a cut, until the last client was in again. */
  backSeconds: number | null;
  failures: Record<string, number>;
  drops: Record<string, number>;
}

/** As client libraries do by default (Socket.IO: 1000 ms, by a half more or less). */
const returnMs = { least: 500, most: 1500 };
const tickMs = 4;
/** Longer than a room is patient with a commit that fails. */
const quietMs = 12_000;
/** About so many deliveries are timed: one message in some, at every client. */
const timedDeliveries = 200_000;

/** Has the crowd's senders talk in turn, and accounts for every message at every client. */
export async function chat(crowd: Crowd, load: ChatLoad): Promise<ChatResult> {
  const { tally } = crowd;
  const first = crowd.said.length;
  const before = { arrived: tally.arrived, doubled: tally.doubled, repeated: tally.repeated };
  const audiences = countAudiences(crowd);
  crowd.forgetTroubles();
  tally.times = new DeliveryTimes();
  tally.measuredFrom = nowMs() + load.warmUpSeconds * 1000;
  const largest = Math.max(...audiences.values());
  tally.sampleEvery = Math.max(1, Math.round((load.rate * load.seconds * largest) / timedDeliveries));

  const result = await withEffort(tally, async () => {
    const cutting = load.cuts === undefined ? null : cutAndReturn(crowd, load, load.cuts);
    const began = performance.now();
    await sendAll(crowd, load);
    const sentIn = (performance.now() - began) / 1000;
    const backSeconds = await cutting;
    const drained = performance.now();
    await untilDrained(crowd, load, { first, before: before.arrived, audiences });
    return { backSeconds, sentIn, drainedSeconds: (performance.now() - drained) / 1000 };
  });
  const { sentIn, ...rest } = result;
  const said = crowd.said.slice(first);
  const { times } = tally;
  return {
    ...rest,
    sent: said.length,
    accepted: said.filter(({ accepted }) => accepted).length,
    refused: crowd.refusals,
    unanswered: said.filter(({ accepted }) => accepted === null).length,
    sentPerSecond: said.length / sentIn,
    ...account(crowd, first),
    doubled: tally.doubled - before.doubled,
    repeated: tally.repeated - before.repeated,
    p50Ms: times.percentile(0.5),
    p95Ms: times.percentile(0.95),
    p99Ms: times.percentile(0.99),
    mostMs: times.percentile(1),
    deliveriesPerSecond: (tally.arrived - before.arrived) / rest.seconds,
    failures: crowd.failures,
    drops: crowd.drops,
  };
}

function countAudiences({ clients }: Crowd): Map<number, number> {
  const audiences = new Map<number, number>();
  for (const { session } of clients) audiences.set(session, (audiences.get(session) ?? 0) + 1);
  return audiences;
}

async function sendAll(crowd: Crowd, { rate, seconds }: ChatLoad): Promise<void> {
  const senders = new Map<number, LoadClient[]>();
  for (const client of crowd.clients.filter(({ sends }) => sends)) {
    senders.set(client.session, [...(senders.get(client.session) ?? []), client]);
  }
  const sessions = [...senders.values()];
  const began = performance.now();
  for (let sent = 0; ; await sleep(tickMs)) {
    const elapsed = performance.now() - began;
    const due = Math.min(Math.floor((elapsed * rate) / 1000), Math.round(rate * seconds));
    for (; sent < due; sent++) {
      const own = sessions[sent % sessions.length]!;
      const turn = Math.floor(sent / sessions.length);
      const sender = nextToTalk(own, turn);
      // While nobody is in, or those few have said all they may, nobody talks.
      if (sender !== null) {
        crowd.say(sender, (number) => ({ kind: "chat", text: numberedText(number, nowMs()) }));
      }
    }
    if (elapsed >= seconds * 1000) return;
  }
}

function nextToTalk(senders: readonly LoadClient[], turn: number): LoadClient | null {
  for (let step = 0; step < senders.length; step++) {
    const sender = senders[(turn + step) % senders.length]!;
    if (sender.mayTalk) return sender;
  }
  return null;
}

/** Resolves when everyone is in again; with the seconds since all were cut, where that was at one moment. */
async function cutAndReturn(
  crowd: Crowd,
  load: ChatLoad,
  how: "at-once" | "scattered",
): Promise<number | null> {
  const random = new SeededRandom(load.seed ?? 1);
  const middle = load.seconds * 400;
  const at = crowd.clients.map(() => (how === "at-once" ? middle : random.between(500, 2 * middle)));
  const returns = crowd.clients.map(() => random.between(returnMs.least, returnMs.most));
  const began = performance.now();
  await Promise.all(
    crowd.clients.map(async (client, index) => {
      await sleep(at[index]!);
      client.cut();
      await sleep(returns[index]!);
      await crowd.enter(client);
    }),
  );
  return how === "at-once" ? (performance.now() - began - middle) / 1000 : null;
}

interface Baseline {
  first: number;
  before: number;
  audiences: ReadonlyMap<number, number>;
}

/** Waits until everything said was answered and has arrived everywhere, nothing comes any more, or time is up. */
async function untilDrained(crowd: Crowd, load: ChatLoad, { first, before, audiences }: Baseline) {
  const until = performance.now() + load.drainSeconds * 1000;
  let [arrived, arrivedAt] = [0, performance.now()];
  for (let now = arrivedAt; now < until && now - arrivedAt < quietMs; now = performance.now()) {
    if (crowd.tally.arrived !== arrived) [arrived, arrivedAt] = [crowd.tally.arrived, now];
    const said = crowd.said.slice(first);
    const expected = said.reduce((sum, one) => sum + (one.accepted ? audiences.get(one.session)! : 0), 0);
    if (arrived - before >= expected && said.every(({ accepted }) => accepted !== null)) return;
    await sleep(50);
  }
}

/** Every accepted message at every client of its session. */
function account({ clients, said }: Crowd, first: number): { expected: number; lost: number } {
  let expected = 0;
  let lost = 0;
  for (const { arrivals, session } of clients) {
    for (let number = first; number < said.length; number++) {
      const one = said[number]!;
      if (one.session !== session || one.accepted !== true) continue;
      expected++;
      if (!arrivals.has(number)) lost++;
    }
  }
  return { expected, lost };
}
