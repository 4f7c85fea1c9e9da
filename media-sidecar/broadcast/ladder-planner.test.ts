import { expect, it } from "vitest";
import { parseAvcConfiguration } from "../ingest/avc-configuration.ts";
import { avcRecord } from "../ingest/source.test-support.ts";
import { planSlots } from "../ladder/ladder-plan.ts";
import { LadderPlanner } from "./ladder-planner.ts";
import type { SourceEpoch } from "./source-epoch.ts";

const header = avcRecord(1280, 720);
const epoch: SourceEpoch = {
  ...{ id: 0, blank: false, audio: null, frameRate: 30, videoKbps: null, closed: false, copyRefused: false },
  video: { header, codec: "avc1.42c01e", parameters: parseAvcConfiguration(header) },
};

function planner(latencyMode: "standard" | "low" = "standard") {
  const share = { room: Number.POSITIVE_INFINITY };
  const made = new LadderPlanner({ share, latencyMode, frameRate: () => 30 });
  const slots = planSlots(made.source(epoch));
  const names = (of = epoch) => made.plan(of, slots).rungs.map(({ name }) => name);
  return { share, made, slots, names };
}

it("leaves out one rung more each time the machine was too slow, and brings back one at a time", () => {
  const { made, slots, names } = planner();
  const whole = made.plan(epoch, slots);
  made.shedOne(whole);
  expect(names()).toEqual(["720p", "360p"]);
  made.shedOne(made.plan(epoch, slots));
  expect(names()).toEqual(["720p"]);
  // There is nothing left to shed.
  made.shedOne(made.plan(epoch, slots));
  made.bringBackOne();
  expect(names()).toEqual(["720p", "360p"]);
  made.bringBackOne();
  expect(names()).toEqual(["720p", "480p", "360p"]);
  made.bringBackOne();
  expect(made.plan(epoch, slots)).toEqual(whole);
});

it("knows what one rung more would cost, and that there is no room for it", () => {
  const { share, made, slots } = planner();
  const whole = made.plan(epoch, slots);
  expect(made.growth(whole, epoch, slots)).toBe(0);
  made.shedOne(whole);
  const smaller = made.plan(epoch, slots);
  expect(made.growth(smaller, epoch, slots)).toBe(whole.cost - smaller.cost);
  share.room = smaller.cost;
  expect(made.growth(smaller, epoch, slots)).toBe(0);
});

it("counts what has no room among what is left out when it sheds", () => {
  const { share, made, slots, names } = planner();
  share.room = made.plan(epoch, slots).cost - 1;
  expect(names()).toEqual(["720p", "360p"]);
  made.shedOne(made.plan(epoch, slots));
  expect(names()).toEqual(["720p"]);
});

it.each([
  ["standard", false, "now"],
  ["low", false, "keyframe"],
  ["low", true, "now"],
] as const)("sheds in the %s mode, with copies refused: %s, %s", (mode, copyRefused, when) => {
  const { made, slots } = planner(mode);
  const of = { ...epoch, copyRefused };
  const running = made.plan(of, slots);
  expect(made.change("replan", running, of, slots)).toBeNull();
  made.shedOne(running);
  expect(made.change("shed", running, of, slots)?.when).toBe(when);
  const smaller = made.plan(of, slots);
  made.bringBackOne();
  expect(made.change("grow", smaller, of, slots)).toEqual({ when: "keyframe", rungs: running.rungs });
});
