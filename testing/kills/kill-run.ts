/** One seed: people at work, processes killed among them, and what is true afterwards. */
import type { Poll } from "../../edge/protocol/polls.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Attendance, attend, attendWithLibrary } from "./attendance.ts";
import type { Deed } from "./deeds.ts";
import * as find from "./findings.ts";
import { type PlannedKill, planKills, postgresAwaySeconds, sendingSeconds } from "./kill-plan.ts";
import type { KillStage, Scene } from "./kill-stage.ts";
import { ModeratorAtWork } from "./moderator-at-work.ts";
import { PersonAtWork, pause } from "./person-at-work.ts";
import { SeededRandom } from "./seeded-random.ts";
import { readRows, type WrittenRows } from "./written-rows.ts";

export interface KillRun {
  seed: number;
  kills: PlannedKill[];
  /** What is wrong; empty when nothing is. */
  findings: string[];
  figures: Record<string, number>;
  deeds: readonly Deed[];
  /** How it went for each socket, for the log. */
  attendances: { name: string; highest: number | null; closes: [number, number][]; states: string[] }[];
  rows: WrittenRows;
}

/**
 * After people have stopped, everything is answered within this, or it counts as not known: the API that dies with an
 * Idempotency-Key in its hands leaves it held for a minute.
 */
const answerSeconds = 30;
const presenceSeconds = 15;

/** `sockets` at least the stage's people; those beyond are second devices of the first ones, with our own library. */
export async function runSeed(stage: KillStage, seed: number, sockets: number): Promise<KillRun> {
  const random = new SeededRandom(seed);
  const scene = await stage.scene();
  const persons = scene.people.map((_, index) => attend(stage, scene, index, random.fork()));
  const devices = Array.from({ length: sockets - persons.length }, (_, index) =>
    attendWithLibrary(stage, scene, index),
  );
  const listeners: Attendance[] = [...persons, ...devices];
  const findings: string[] = [];
  try {
    for (const { client } of listeners) client.open();
    await waitFor("everyone is in", () => listeners.every(({ client }) => client.joined), {
      timeoutSeconds: 60,
    });
    const kills = planKills(seed, stage.roomProcesses);
    let hasStopped = false;
    let isOver = false;
    const place = {
      url: stage.rostrum.url,
      scene,
      hasStopped: () => hasStopped,
      isOver: () => isOver,
    };
    const workers = persons.map(
      ({ client }, index) => new PersonAtWork(place, scene.people[index]!, client, random.fork()),
    );
    const moderator = new ModeratorAtWork(place, scene.people[0]!, random.fork());
    persons[0]!.onTold((message) => moderator.hear(message));
    const everyone = [...workers, moderator];
    const work = Promise.all(everyone.map((worker) => worker.work()));
    await Promise.all([
      pause(sendingSeconds).then(() => {
        hasStopped = true;
      }),
      ...kills.map((kill) => carryOut(stage, kill)),
    ]);
    const stoppedAt = performance.now();
    await Promise.race([work, pause(answerSeconds)]);
    isOver = true;
    const answeredSeconds = (performance.now() - stoppedAt) / 1000;
    const deeds = everyone.flatMap((worker) => worker.deeds);
    await untilTold(stage, scene, listeners);
    const countedSeconds = await untilCounted(scene, listeners, findings);
    const rows = await untilTold(stage, scene, listeners);
    findings.push(
      ...find.findHoles(rows),
      ...find.findLostAndDoubled(deeds, rows),
      ...find.findUntoldMessages(rows),
      ...find.findRepeatedEvents(rows),
      ...find.findUndoneModeration(deeds, rows),
      ...find.findHandedOnTwice(devices),
      ...find.findMistold(listeners, rows),
      ...find.findWrongVotes(deeds, rows),
      ...find.findWrongCounters(rows),
      ...find.findWrongTotals(listeners, rows),
      ...(await findWrongReads(stage, scene, rows)),
    );
    for (const { client } of listeners) client.close();
    const emptySeconds = await untilEmpty(stage, scene, findings);
    const figures = {
      ...count(deeds, listeners, rows),
      "answered after s": answeredSeconds,
      "counted after s": countedSeconds,
      "empty after s": emptySeconds,
    };
    const attendances = listeners.map(({ name, told, client }) => ({
      name,
      highest: told.highest,
      closes: [...client.closes],
      states: client.states,
    }));
    return { seed, kills, findings, figures, deeds, attendances, rows };
  } finally {
    for (const { client } of listeners) client.close();
  }
}

async function carryOut(stage: KillStage, { atSeconds, victim }: PlannedKill): Promise<void> {
  await pause(atSeconds);
  if (victim !== "postgres") return stage.rostrum.killAndAwaitReturn(victim);
  await stage.postgres.kill();
  await pause(postgresAwaySeconds);
  await stage.postgres.start();
}

/** Everyone told how many are here; what does not come true in time is a finding. */
async function untilCounted(
  scene: Scene,
  listeners: readonly Attendance[],
  findings: string[],
): Promise<number> {
  const from = performance.now();
  const wrong = () => listeners.filter(({ client }) => client.viewers?.count !== scene.people.length);
  await waitFor("viewers", () => wrong().length === 0, { timeoutSeconds: presenceSeconds }).catch(() => {
    const said = [...new Set(wrong().map(({ client }) => client.viewers?.count))];
    findings.push(`${wrong().length} were told ${said} viewers, and there are ${scene.people.length}`);
  });
  return (performance.now() - from) / 1000;
}

/**
 * The rows once everyone was told everything of them, totals included; or else the last, and they become findings.
 * Read anew each time: what nobody waits for any more may still be written.
 */
async function untilTold(
  stage: KillStage,
  scene: Scene,
  listeners: readonly Attendance[],
): Promise<WrittenRows> {
  const read = () => stage.withDatabase((sql) => readRows(sql, scene.sessionId));
  let rows = await read();
  const isTold = async () => {
    rows = await read();
    return (
      find.findMistold(listeners, rows).length === 0 && find.findWrongTotals(listeners, rows).length === 0
    );
  };
  await waitFor("everyone is told everything", isTold, { timeoutSeconds: 20, everyMilliseconds: 500 }).catch(
    () => {},
  );
  return rows;
}

/** What HTTP answers of polls is what the rows say. */
async function findWrongReads(stage: KillStage, { sessionId }: Scene, rows: WrittenRows): Promise<string[]> {
  const { items } = await stage.rostrum.admin.call<{ items: Poll[] }>(
    "GET",
    `/api/polls/session/${sessionId}`,
  );
  return rows.polls.flatMap(({ id, voters, options }) => {
    const read = items.find((poll) => poll.id === id);
    const same =
      read?.totalVotes === voters && read.options.every((option) => option.votes === options[option.id]);
    return same ? [] : [`poll ${id} is read as ${JSON.stringify(read)}`];
  });
}

async function untilEmpty(stage: KillStage, { sessionId }: Scene, findings: string[]): Promise<number> {
  const from = performance.now();
  let last: unknown;
  const isEmpty = async () => {
    last = await stage.rostrum.admin.call<{ count: number }>("GET", `/api/sessions/${sessionId}/viewers`);
    return (last as { count: number }).count === 0;
  };
  await waitFor("nobody is here", isEmpty, { timeoutSeconds: presenceSeconds }).catch(() =>
    findings.push(`all have left, and viewers are ${JSON.stringify(last)}`),
  );
  return (performance.now() - from) / 1000;
}

function count(deeds: readonly Deed[], listeners: readonly Attendance[], rows: WrittenRows) {
  const sum = (of: (listener: Attendance) => number) =>
    listeners.reduce((total, listener) => total + of(listener), 0);
  const returns = sum(({ client }) => [...client.closes.values()].reduce((a, b) => a + b, 0));
  return {
    deeds: deeds.length,
    acknowledged: deeds.filter(({ answer }) => answer?.ok).length,
    refused: deeds.filter(({ answer }) => answer !== null && !answer.ok).length,
    "not known": deeds.filter(({ answer }) => answer === null).length,
    events: rows.events.length,
    told: sum(({ told }) => told.events.size),
    "told again": sum(({ told }) => told.repeated),
    "failed or lost connections": returns,
    "longest by socket s": Math.max(
      ...deeds.map(({ via, seconds }) => (via === "socket" ? (seconds ?? 0) : 0)),
    ),
    "longest by HTTP s": Math.max(...deeds.map(({ via, seconds }) => (via === "http" ? (seconds ?? 0) : 0))),
  };
}
