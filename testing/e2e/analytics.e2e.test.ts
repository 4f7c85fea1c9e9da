import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untilReported } from "../simulation/reported-figures.ts";
import { writeScenario } from "../simulation/script-writer.ts";
import { describeRun } from "../simulation/simulation-report.ts";
import { live, planKills } from "../simulation/simulation-run.ts";
import { SimulationStage } from "../simulation/simulation-stage.ts";

describe("sixty viewers whose every step is known, while API, rooms and Redis are killed", () => {
  const scenario = writeScenario(34, { viewers: 60, seconds: 60, beatSeconds: 1 });
  let stage: SimulationStage;
  beforeAll(async () => {
    const signedIn = scenario.viewers.filter((viewer) => viewer.signedIn).length;
    stage = await SimulationStage.open(signedIn, scenario.beatSeconds);
  });
  afterAll(() => stage?.close());

  it("are reported as they were: who came, how many at once, how long each watched, what they did", async () => {
    const run = await live(stage, scenario, planKills(scenario));
    const verdict = await untilReported(stage, run, scenario.beatSeconds);
    expect(verdict.findings, describeRun(run, verdict)).toEqual([]);
  });
});
