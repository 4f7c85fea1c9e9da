import { describe, expect, it } from "vitest";
import {
  afterBringingBack,
  afterShedding,
  freshLoad,
  judgeLoad,
  type LoadState,
  type LoadVerdict,
  loadLimits,
} from "./load-judge.ts";

const limits = loadLimits.standard;

/** A look a second, each with this backlog; answers the verdicts. */
function watch(backlogs: readonly number[], from: { state: LoadState; atMs: number }) {
  let { state, atMs } = from;
  const verdicts: LoadVerdict[] = [];
  for (const backlogSeconds of backlogs) {
    atMs += 1000;
    const judged = judgeLoad(state, { atMs, backlogSeconds, allowanceSeconds: 0.8 }, limits);
    state = judged.state;
    verdicts.push(judged.verdict);
  }
  return { state, atMs, verdicts };
}
const fresh = { state: freshLoad(limits), atMs: 0 };
const seconds = (count: number, backlog: number) => Array.from({ length: count }, () => backlog);

describe("a stream's encoders", () => {
  it("are behind when the backlog has been too long for six looks and grows", () => {
    const { verdicts } = watch([1, 1.5, 2, 2.5, 3, 3.4, 3.7, 4, 4.3, 4.6, 4.9], fresh);
    expect(verdicts.indexOf("behind")).toBe(10);
  });

  it("are behind when the backlog is too long and stays", () => {
    expect(watch([4, 4.5, 4, 4.5, 4, 4.5], fresh).verdicts.at(-1)).toBe("behind");
  });

  it.each([
    ["what they hold of every source", [1.2, 0.8, 1.3, 0.9, 1.1, 1.2, 0.9]],
    ["a stall that is over", [4, 5, 6, 1, 1, 1, 1]],
    ["a backlog that is being worked off", [9, 8.6, 8.3, 7.9, 7.6, 7.2, 6.9, 6.5, 6.1, 5.8, 5.4, 5]],
  ])("are not behind with %s", (_, backlogs) => {
    expect(watch(backlogs, fresh).verdicts).not.toContain("behind");
  });

  it("are calm after half a minute without a backlog, and anew after every backlog", () => {
    const { verdicts } = watch([...seconds(20, 1), 3, ...seconds(40, 1)], fresh);
    expect(verdicts.indexOf("calm")).toBe(51);
  });

  it("are given a rung back ever later while they lose it again, and soon once it has stayed", () => {
    let now = fresh;
    const waits: number[] = [];
    for (let round = 0; round < 7; round++) {
      now = { ...now, state: afterShedding(now.state, limits) };
      const calm = watch(seconds(1000, 1), now);
      waits.push(calm.verdicts.indexOf("calm"));
      now = { state: afterBringingBack(calm.state, calm.atMs), atMs: calm.atMs };
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900]);
    const stayed = watch(seconds(301, 1), now);
    const shed = { state: afterShedding(stayed.state, limits), atMs: stayed.atMs };
    expect(watch(seconds(60, 1), shed).verdicts.indexOf("calm")).toBe(30);
  });
});
