/** One seed: viewers live their scripts on a real Rostrum, processes are killed among them if wished. */

import { pause } from "../kills/person-at-work.ts";
import { SeededRandom } from "../kills/seeded-random.ts";
import type { ProcessName } from "../support/rostrum.ts";
import { waitFor } from "../support/wait-for.ts";
import { latestSeconds } from "./beat-fault.ts";
import { type DeedCounts, DeedsAtWork } from "./deeds-at-work.ts";
import { secondsToBeginning } from "./run-beginning.ts";
import { RunClock } from "./run-clock.ts";
import type { Scene, SimulationStage } from "./simulation-stage.ts";
import type { LivedVisit } from "./truth.ts";
import { DeviceAtWork } from "./viewer-at-work.ts";
import { ViewerNetwork } from "./viewer-network.ts";
import type { Scenario, ViewerScript } from "./viewer-script.ts";

export interface LivedRun {
  scene: Scene;
  visits: readonly LivedVisit[];
  /** By what the system calls each viewer. */
  scripts: ReadonlyMap<string, ViewerScript>;
  deeds: DeedCounts;
  /** Why the deeds above may not be all. */
  doubts: string[];
  kills: readonly PlannedKill[];
  /** Answers to beats by status; 0: none. */
  answers: ReadonlyMap<number, number>;
}

export interface PlannedKill {
  at: number;
  victims: readonly ProcessName[];
}

/**
 * Every process of the API, the rooms and Redis, each while most viewers are there, and the last some time before most
 * leave: whoever leaves while nobody listens cannot say so.
 */
export function planKills({ seed, seconds }: Scenario): PlannedKill[] {
  const random = new SeededRandom(seed);
  const at = (least: number) => seconds * random.between(least, least + 0.05);
  const api: ProcessName[] = ["api", "api-2"];
  return [
    { at: at(0.25), victims: api },
    { at: at(0.32), victims: ["rooms"] },
    { at: at(0.39), victims: ["redis"] },
    { at: at(0.46), victims: api },
  ];
}

/** Late beats of the last visits may take so long, and no longer than this part of a run. */
const latestShare = 0.2;

export async function live(
  stage: SimulationStage,
  scenario: Scenario,
  kills: readonly PlannedKill[],
): Promise<LivedRun> {
  const scene = await stage.scene();
  const answers = new Map<number, number>();
  const waitSeconds = secondsToBeginning(
    Date.now() / 1000,
    kills.map(({ at }) => at),
  );
  await pause(waitSeconds);
  const clock = new RunClock();
  const hall = {
    url: stage.url,
    beatSeconds: scenario.beatSeconds,
    latestSeconds: Math.min(latestSeconds, scenario.seconds * latestShare),
    apiKillsAt: kills.filter(({ victims }) => victims.includes("api")).map(({ at }) => at),
    clock,
    stages: scene.stages,
    answered: (answer: { status: number } | null) => {
      const status = answer?.status ?? 0;
      answers.set(status, (answers.get(status) ?? 0) + 1);
    },
  };
  const random = new SeededRandom(scenario.seed);
  const deeds = new DeedsAtWork(stage.url, scene);
  const people = [...scene.people];
  const viewers = scenario.viewers.map((script) => {
    const person = script.signedIn ? people.shift()! : null;
    const identity = { token: person?.token ?? null, cookie: null, skewSeconds: script.skewSeconds };
    const devices = script.devices.map(
      (device) => new DeviceAtWork(hall, { ...identity }, device, new ViewerNetwork(random.fork())),
    );
    return { script, person, devices };
  });
  const devices = viewers.flatMap((viewer) => viewer.devices);
  try {
    await Promise.all([
      ...devices.map((device) => device.live()),
      ...viewers.map(({ script, person }) => person && deeds.carryOut(person, script.deeds, clock)),
      ...kills.map(async ({ at, victims }) => {
        await clock.until(at);
        await Promise.all(victims.map((victim) => stage.kill.rostrum.killAndAwaitReturn(victim)));
      }),
    ]);
    await waitFor("the last late beats have come", () => devices.every((device) => device.isQuiet), {
      timeoutSeconds: latestSeconds + 15,
    });
  } finally {
    deeds.stop();
    for (const device of devices) device.leave();
  }
  const scripts = viewers.flatMap(({ script, devices: [first] }) =>
    first!.lived.slice(0, 1).map(({ viewerId }) => [viewerId, script] as const),
  );
  return {
    scene,
    visits: devices.flatMap((device) => device.lived),
    scripts: new Map(scripts),
    deeds: deeds.counts(),
    doubts: [...deeds.refusals, ...(deeds.unknown > 0 ? [`${deeds.unknown} deeds are not known`] : [])],
    kills,
    answers,
  };
}
