import type { ChatResult } from "../load/chat-load.ts";
import { gather, type RoomsStage } from "./rooms-stage.ts";
import { type RoomsSystem, residentBytes, withCosts } from "./rooms-systems.ts";
import { table } from "./table.ts";

const rate = 20;
const seconds = 12;

interface CrowdFigures {
  system: RoomsSystem;
  enteredSeconds: number;
  /** Per socket, in KiB: the process that holds it, and what stands before that. */
  holderKib: number;
  proxyKib: number;
  calm: ChatResult;
  cores: Record<string, number>;
  /** Processor time of all of the system's processes for one delivery. */
  microsecondsADelivery: number;
  cut: ChatResult | null;
}

/**
 * So many people in one session, where 20 messages a second are said; with `cut`, again with every socket cut once.
 * `isFirst`: the processes have held no sockets before, so that what they grow by is what sockets cost.
 */
export async function measureCrowd(
  stage: RoomsStage,
  { clients, cut, isFirst }: { clients: number; cut: boolean; isFirst: boolean },
): Promise<string> {
  const all: CrowdFigures[] = [];
  for (const system of stage.systems) all.push(await measureSystem(stage, system, clients, cut));
  const peer = all[0]!;
  const calm = [
    [
      ...[
        "system",
        "all in after s",
        "KiB a socket",
        "nginx KiB",
        "p50 ms",
        "p95 ms",
        "ratio",
        "p99 ms",
        "most ms",
      ],
      ...["lost", "doubled", "its cores", "its µs a delivery", "ratio", "generator cores"],
    ],
    ...all.map((figures) => [
      figures.system.name,
      figures.enteredSeconds.toFixed(1),
      isFirst ? figures.holderKib.toFixed(0) : "",
      isFirst ? figures.proxyKib.toFixed(0) : "",
      String(figures.calm.p50Ms),
      String(figures.calm.p95Ms),
      (peer.calm.p95Ms / figures.calm.p95Ms).toFixed(1),
      String(figures.calm.p99Ms),
      String(figures.calm.mostMs),
      String(figures.calm.lost),
      String(figures.calm.doubled),
      (figures.cores[figures.system.holder] ?? 0).toFixed(2),
      figures.microsecondsADelivery.toFixed(2),
      (peer.microsecondsADelivery / figures.microsecondsADelivery).toFixed(1),
      figures.calm.generatorCores.toFixed(2),
    ]),
  ];
  const title = `\n${clients} clients in a session, ${rate} messages a second, ${seconds} s\n${table(calm)}`;
  return cut ? `${title}\n\nThe same, every socket cut once at one moment and back\n${cutTable(all)}` : title;
}

function cutTable(all: readonly CrowdFigures[]): string {
  return table([
    [
      ...[
        "system",
        "all back after s",
        "deliveries",
        "lost",
        "lost %",
        "doubled",
        "sent twice, dropped by seq",
      ],
      ...["unanswered", "generator cores"],
    ],
    ...all.map(({ system, cut }) => [
      system.name,
      (cut?.backSeconds ?? Number.NaN).toFixed(1),
      String(cut?.expected),
      String(cut?.lost),
      (((cut?.lost ?? 0) / (cut?.expected ?? 0)) * 100).toFixed(2),
      String(cut?.doubled),
      String(cut?.repeated),
      String(cut?.unanswered),
      (cut?.generatorCores ?? 0).toFixed(2),
    ]),
  ]);
}

async function measureSystem(
  stage: RoomsStage,
  system: RoomsSystem,
  clients: number,
  isCut: boolean,
): Promise<CrowdFigures> {
  const empty = await residentBytes(system);
  const { entered } = await gather(stage, system, { clients });
  const full = await residentBytes(system);
  const kib = (name: string) => ((full[name] ?? 0) - (empty[name] ?? 0)) / clients / 1024;
  const load = { rate, seconds, warmUpSeconds: 2, drainSeconds: 60 };
  const { result: calm, cores, seconds: lasted } = await withCosts(system, () => stage.generator.chat(load));
  report(system, "calm", calm);
  const cut = isCut ? await stage.generator.chat({ ...load, cuts: "at-once" }) : null;
  if (cut !== null) report(system, "cut", cut);
  await stage.generator.disperse();
  const all = Object.values(cores).reduce((sum, share) => sum + share, 0);
  return {
    system,
    enteredSeconds: entered.seconds,
    holderKib: kib(system.holder),
    proxyKib: kib("nginx"),
    calm,
    cores,
    microsecondsADelivery: ((all * lasted) / (calm.accepted * clients)) * 1e6,
    cut,
  };
}

function report(system: RoomsSystem, what: string, result: ChatResult): void {
  process.stderr.write(`${system.name}, ${what}: ${JSON.stringify(result)}\n`);
}
