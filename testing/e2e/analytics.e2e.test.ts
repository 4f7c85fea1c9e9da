import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { figureIn } from "../../edge/api/metrics/test-metrics.ts";
import { untilReported } from "../simulation/reported-figures.ts";
import { writeScenario } from "../simulation/script-writer.ts";
import { describeRun } from "../simulation/simulation-report.ts";
import { live, planKills } from "../simulation/simulation-run.ts";
import { SimulationStage } from "../simulation/simulation-stage.ts";
import { waitFor } from "../support/wait-for.ts";

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

  it("are served by two processes, whose metrics tell together of every request that came through nginx", async () => {
    const unknown = 'rostrum_api_requests_total{method="GET",route="unknown",status="404"}';
    const answered = async () => (await stage.metrics()).map((text) => figureIn(text, unknown) || 0);
    const before = await waitFor("both processes are back from the kills", answered);
    let asked = 0;
    let now: number[] = [];
    await waitFor("each process has answered something", async () => {
      asked++;
      expect((await stage.kill.rostrum.anonymous.request("GET", "/api/nowhere")).status).toBe(404);
      now = (await answered()).map((count, index) => count - before[index]!);
      return now.every((count) => count > 0);
    });
    expect(now[0]! + now[1]!, `${now}`).toBe(asked);
  });
});
