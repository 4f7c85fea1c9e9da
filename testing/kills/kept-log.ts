import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../house/source-files.ts";
import type { KillRun } from "./kill-run.ts";
import type { KillStage } from "./kill-stage.ts";

/** Everything that a failed seed leaves to look at; answers where. */
export async function keepLog(run: KillRun, stage: KillStage): Promise<string> {
  const folder = join(repositoryRoot, ".build", "kills");
  await mkdir(folder, { recursive: true });
  const path = join(folder, `seed-${run.seed}.json`);
  await writeFile(path, JSON.stringify({ ...run, output: stage.rostrum.output().split("\n") }, null, 1));
  return path;
}
