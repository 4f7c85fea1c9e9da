import { gather, type RoomsStage } from "./rooms-stage.ts";
import { withCosts } from "./rooms-systems.ts";
import { table } from "./table.ts";

const clients = 1000;
const ratePerSession = 20;
const seconds = 8;

/** The same audience in one session and in many, 20 messages a second in each: everyone is told as much, at what cost? */
export async function measureSpread(stage: RoomsStage): Promise<string> {
  const rows = [
    [
      ...["system", "sessions", "deliveries/s", "p50 ms", "p95 ms", "lost", "doubled", "its cores"],
      ...["rooms µs a delivery", "ratio to one session", "all µs a delivery"],
    ],
  ];
  for (const system of stage.systems) {
    let one = Number.NaN;
    for (const sessions of [1, 5, 20]) {
      await gather(stage, system, { clients, sessions });
      const load = { rate: ratePerSession * sessions, seconds, warmUpSeconds: 1, drainSeconds: 20 };
      const { result, cores, seconds: lasted } = await withCosts(system, () => stage.generator.chat(load));
      await stage.generator.disperse();
      const perDelivery = (share: number) => ((share * lasted) / result.expected) * 1e6;
      const own = perDelivery(cores[system.holder] ?? 0);
      if (sessions === 1) one = own;
      rows.push([
        system.name,
        String(sessions),
        result.deliveriesPerSecond.toFixed(0),
        String(result.p50Ms),
        String(result.p95Ms),
        String(result.lost),
        String(result.doubled),
        Object.entries(cores)
          .map(([name, share]) => `${name} ${share.toFixed(2)}`)
          .join(", "),
        own.toFixed(2),
        (own / one).toFixed(2),
        perDelivery(Object.values(cores).reduce((sum, share) => sum + share, 0)).toFixed(2),
      ]);
    }
  }
  return `\n${clients} clients in one session and spread over several, ${ratePerSession} messages a second in each\n${table(rows)}`;
}
