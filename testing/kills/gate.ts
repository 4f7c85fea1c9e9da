/** `npm run gate:kills [-- --seeds 20 | --seed N] [--sockets 200] [--room-processes 1]`: exit code 1 when one seed finds anything wrong. */
import { parseArgs } from "node:util";
import { table } from "../bench/table.ts";
import { keepLog } from "./kept-log.ts";
import { type KillRun, runSeed } from "./kill-run.ts";
import { KillStage } from "./kill-stage.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    sockets: { type: "string" },
    "room-processes": { type: "string" },
  },
});
const sockets = Number(values.sockets ?? 200);
const seeds =
  values.seed !== undefined
    ? [Number(values.seed)]
    : Array.from({ length: Number(values.seeds ?? 5) }, () => Math.floor(Math.random() * 1_000_000));

const stage = await KillStage.open(sockets - Math.ceil(sockets / 50), Number(values["room-processes"] ?? 1));
const runs: KillRun[] = [];
// Our PostgreSQL leads a group of its own, which Ctrl-C does not reach.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void stage.close().finally(() => process.exit(130)));
}
try {
  for (const seed of seeds) {
    process.stdout.write(`seed ${seed} …\n`);
    const run = await runSeed(stage, seed, sockets);
    runs.push(run);
    const kills = run.kills.map(({ atSeconds, victim }) => `${victim} at ${atSeconds.toFixed(1)} s`);
    process.stdout.write(`seed ${seed}: ${kills.join(", ")}: ${run.findings.length} findings\n`);
    for (const finding of run.findings.slice(0, 20)) process.stdout.write(`  ${finding}\n`);
    if (run.findings.length > 0) process.stdout.write(`  kept in ${await keepLog(run, stage)}\n`);
  }
} finally {
  await stage.close();
}
const names = Object.keys(runs[0]?.figures ?? {});
const rows = runs.map(({ seed, findings, figures }) => [
  String(seed),
  String(findings.length),
  ...names.map((name) => (figures[name]! % 1 === 0 ? String(figures[name]) : figures[name]!.toFixed(1))),
]);
process.stdout.write(`\n${table([["seed", "findings", ...names], ...rows])}\n`);
process.exit(runs.some(({ findings }) => findings.length > 0) ? 1 : 0);
