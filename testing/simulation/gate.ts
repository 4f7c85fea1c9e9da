/** `npm run gate:analytics [-- --viewers 300 --seconds 240 --seed N --kill]`: exit code 1 beyond a limit. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { repositoryRoot } from "../house/source-files.ts";
import { untilReported } from "./reported-figures.ts";
import { writeScenario } from "./script-writer.ts";
import { describeRun } from "./simulation-report.ts";
import { live, planKills } from "./simulation-run.ts";
import { SimulationStage } from "./simulation-stage.ts";

const { values } = parseArgs({
  options: {
    viewers: { type: "string", default: "300" },
    seconds: { type: "string", default: "240" },
    "beat-seconds": { type: "string", default: "2" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    kill: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const scenario = writeScenario(seed, {
  viewers: Number(values.viewers),
  seconds: Number(values.seconds),
  beatSeconds: Number(values["beat-seconds"]),
});
const print = (text: string) => process.stdout.write(`${text}\n`);

const signedIn = scenario.viewers.filter((viewer) => viewer.signedIn).length;
const stage = await SimulationStage.open(signedIn, scenario.beatSeconds);
// Our PostgreSQL leads a group of its own, which Ctrl-C does not reach.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void stage.close().finally(() => process.exit(130)));
}
let findings: readonly string[];
try {
  const kills = values.kill ? planKills(scenario) : [];
  print(`seed ${seed}: ${values.viewers} viewers for ${values.seconds} s …`);
  const run = await live(stage, scenario, kills);
  const verdict = await untilReported(stage, run, scenario.beatSeconds);
  findings = verdict.findings;
  print(describeRun(run, verdict));
  if (findings.length > 0) {
    const folder = join(repositoryRoot, ".build", "simulation");
    await mkdir(folder, { recursive: true });
    const path = join(folder, `seed-${seed}.json`);
    const raw = await stage.rawLog();
    const scripts = Object.fromEntries(run.scripts);
    const kept = { ...run, scripts, verdict, raw, output: stage.kill.rostrum.output().split("\n") };
    await writeFile(path, JSON.stringify(kept, null, 1));
    print(`  kept in ${path}`);
  }
} finally {
  await stage.close();
}
print(findings.length === 0 ? "all within the limits" : `${findings.length} beyond the limits`);
process.exit(findings.length > 0 ? 1 : 0);
