import type { System } from "./api.ts";
import type { Scene } from "./api-scene.ts";
import { median, table } from "./table.ts";

const bursts = 3;

/**
 * A hundred people sign in at the same moment, and meanwhile one connection reads an event again and again, as one of
 * twenty callers in turn. Times are the reader's.
 */
export async function measureReadsDuringLogins(systems: readonly System[], scene: Scene): Promise<string> {
  const rows = [["system", "reads", "p50 ms", "p95 ms", "max ms", "logins/s", "logins put off (429)"]];
  const results = systems.map((system) => ({ system, bursts: [] as Burst[] }));
  for (let burst = 0; burst < bursts; burst++) {
    for (const { system, bursts: kept } of results) kept.push(await measureBurst(system, scene));
  }
  for (const { system, bursts: kept } of results) {
    const times = kept.flatMap(({ readMs }) => readMs).sort((a, b) => a - b);
    rows.push([
      system.name,
      String(times.length),
      percentile(times, 50).toFixed(1),
      percentile(times, 95).toFixed(1),
      percentile(times, 100).toFixed(1),
      median(kept.map(({ signedIn, seconds }) => signedIn / seconds)).toFixed(1),
      String(median(kept.map(({ putOff }) => putOff))),
    ]);
  }
  return `\nA hot read while a hundred sign in at once, ${bursts} times\n${table(rows)}`;
}

interface Burst {
  readMs: number[];
  signedIn: number;
  /** Refused with 429 because the queue of hashes was full. */
  putOff: number;
  seconds: number;
}

async function measureBurst({ origin }: System, { accounts, eventId, tokens }: Scene): Promise<Burst> {
  const began = performance.now();
  let isOver = false;
  const logins = Promise.all(accounts.map((account) => logIn(origin, account))).finally(() => {
    isOver = true;
  });
  const readMs: number[] = [];
  while (!isOver) {
    const token = tokens[readMs.length % 20];
    const sent = performance.now();
    const response = await fetch(`${origin}/api/events/${eventId}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`a read answered ${response.status}`);
    readMs.push(performance.now() - sent);
  }
  const statuses = await logins;
  const count = (status: number) => statuses.filter((each) => each === status).length;
  if (count(200) + count(429) !== accounts.length) throw new Error(`logins answered ${statuses}`);
  return {
    readMs,
    signedIn: count(200),
    putOff: count(429),
    seconds: (performance.now() - began) / 1000,
  };
}

async function logIn(origin: string, account: { email: string; password: string }): Promise<number> {
  const response = await fetch(`${origin}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(account),
  });
  await response.arrayBuffer();
  return response.status;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * share) / 100))] ?? Number.NaN;
}
