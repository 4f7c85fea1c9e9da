import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { attend } from "./attendance.ts";
import { keepLog } from "./kept-log.ts";
import { runSeed } from "./kill-run.ts";
import { KillStage } from "./kill-stage.ts";
import { SeededRandom } from "./seeded-random.ts";

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

  it("loses nothing", () => expectNothingLost(stage, 66, 80));

  it("sends away whom the dead one held and nobody else, and all hear what is said next", async () => {
    const scene = await stage.scene();
    const random = new SeededRandom(1);
    const all = scene.people.map((_, index) => attend(stage, scene, index, random.fork()));
    try {
      for (const { client } of all) client.open();
      await waitFor("everyone is in", () => all.every(({ client }) => client.joined), {
        timeoutSeconds: 60,
      });
      await stage.rostrum.killAndAwaitReturn("rooms-2");
      const line = await all[5]!.client.say("chat:send", { text: "Who is still here?" });
      expect(line).toMatchObject({ ok: true });
      const { seq } = (line as { data: { seq: number } }).data;
      await waitFor("everyone is told", () => all.every(({ told }) => told.events.has(seq)), {
        timeoutSeconds: 60,
      });
      const sentAway = all.filter(({ client }) => client.closes.size > 0).length;
      expect(sentAway, "of 78").toBeGreaterThan(10);
      expect(sentAway, "of 78").toBeLessThan(68);
    } finally {
      for (const { client } of all) client.close();
    }
  });
});
