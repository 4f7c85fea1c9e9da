import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepLog } from "./kept-log.ts";
import { runSeed } from "./kill-run.ts";
import { KillStage } from "./kill-stage.ts";

async function expectNothingLost(stage: KillStage, seed: number, sockets: number): Promise<void> {
  const run = await runSeed(stage, seed, sockets);
  const kept = run.findings.length === 0 ? "" : await keepLog(run, stage);
  expect(run.findings, kept).toEqual([]);
  expect(run.figures.acknowledged).toBeGreaterThan(2 * sockets);
}

describe("rooms, API, Redis bridge and PostgreSQL killed while two hundred people write", () => {
  let stage: KillStage;
  beforeAll(async () => {
    stage = await KillStage.open(196);
  });
  afterAll(() => stage?.close());

  it.each([11, 22, 33, 44, 55])("nothing is lost, doubled or out of order with seed %i", (seed) =>
    expectNothingLost(stage, seed, 200),
  );
});

describe("one of two processes of rooms killed, four gateways over both", () => {
  let stage: KillStage;
  beforeAll(async () => {
    stage = await KillStage.open(78, 2);
  });
  afterAll(() => stage?.close());

  it("spreads the gateways over both, and loses nothing", () => expectNothingLost(stage, 66, 80));
});
