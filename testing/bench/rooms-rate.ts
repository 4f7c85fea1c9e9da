import type { ChatResult } from "../load/chat-load.ts";
import { gather, type RoomsStage } from "./rooms-stage.ts";
import { type RoomsSystem, withCosts } from "./rooms-systems.ts";
import { table } from "./table.ts";

const clients = 500;
const seconds = 4;
const mostP95Ms = 250;
const rates = [
  25, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 600, 700, 800, 1000, 1250, 1500, 1750, 2000,
];

interface Step {
  rate: number;
  result: ChatResult;
  microsecondsADelivery: number;
  holderCores: number;
}

/** 500 people in one session, and more and more said in it, until what is said takes too long to arrive. */
export async function measureRisingRate(stage: RoomsStage): Promise<string> {
  const rows = [
    [
      ...["system", "messages/s", "ratio", "p50 ms", "p95 ms", "p99 ms", "lost", "doubled"],
      ...["its cores", "its µs a delivery", "generator cores", "next step"],
    ],
  ];
  let peer = Number.NaN;
  for (const system of stage.systems) {
    const { best, failed } = await climb(stage, system);
    const { result, ...costs } = (best ?? failed)!;
    if (Number.isNaN(peer)) peer = best?.rate ?? 0;
    rows.push([
      system.name,
      String(best?.rate ?? 0),
      peer === 0 ? "" : ((best?.rate ?? 0) / peer).toFixed(1),
      ...[result.p50Ms, result.p95Ms, result.p99Ms, result.lost, result.doubled].map(String),
      costs.holderCores.toFixed(2),
      costs.microsecondsADelivery.toFixed(2),
      result.generatorCores.toFixed(2),
      failed === null ? "none tried" : `${failed.rate}/s: p95 ${failed.result.p95Ms} ms`,
    ]);
  }
  return `\n${clients} clients in a session: the highest rate with p95 below ${mostP95Ms} ms and nothing lost\n${table(rows)}`;
}

async function climb(stage: RoomsStage, system: RoomsSystem) {
  await gather(stage, system, { clients });
  let best: Step | null = null;
  let failed: Step | null = null;
  for (const rate of rates) {
    let step = await measureStep(stage, system, rate);
    // Once more, since one pause of the machine is not a limit.
    if (!isGood(step)) step = await measureStep(stage, system, rate);
    if (!isGood(step)) {
      failed = step;
      break;
    }
    best = step;
  }
  await stage.generator.disperse();
  return { best, failed };
}

async function measureStep(stage: RoomsStage, system: RoomsSystem, rate: number): Promise<Step> {
  const load = { rate, seconds, warmUpSeconds: 1, drainSeconds: 20 };
  const { result, cores, seconds: lasted } = await withCosts(system, () => stage.generator.chat(load));
  const all = Object.values(cores).reduce((sum, share) => sum + share, 0);
  const step = {
    rate,
    result,
    holderCores: cores[system.holder] ?? 0,
    microsecondsADelivery: ((all * lasted) / (result.accepted * clients)) * 1e6,
  };
  process.stderr.write(
    `${system.name} ${rate}/s: p50 ${result.p50Ms} p95 ${result.p95Ms} p99 ${result.p99Ms} ms, lost ${result.lost}, ` +
      `doubled ${result.doubled}, unanswered ${result.unanswered}, generator ${result.generatorCores.toFixed(2)} cores, ` +
      `${JSON.stringify({ refused: result.refused, drops: result.drops })}\n`,
  );
  return step;
}

function isGood({ rate, result }: Step): boolean {
  const { p95Ms, lost, doubled, unanswered, accepted, sent, sentPerSecond } = result;
  return (
    p95Ms < mostP95Ms && lost + doubled + unanswered === 0 && accepted === sent && sentPerSecond > rate * 0.95
  );
}
