import { describe, expect, test } from "vitest";
import { type PlaybackFault, PlayerRecovery, StandstillWatch } from "./player-recovery.ts";

const actions = (faults: PlaybackFault[], everyMs = 1_000) => {
  const recovery = new PlayerRecovery();
  return faults.map((fault, index) => recovery.next(fault, index * everyMs, 0.5));
};

describe("recovery of the player", () => {
  test("the decoder is reset twice, then everything is loaded anew", () => {
    expect(actions(["media", "media", "media"]).map(({ action }) => action)).toEqual([
      "recover-media",
      "recover-media",
      "reload",
    ]);
  });

  test("loading goes on where it stopped, then everything is loaded anew", () => {
    expect(actions(["network", "network", "network"]).map(({ action }) => action)).toEqual([
      "resume-loading",
      "resume-loading",
      "reload",
    ]);
  });

  test("a refused URL is asked for at once, and then ever more slowly up to a limit", () => {
    const delays = actions(Array.from({ length: 8 }, () => "refused")).map(({ delayMs }) => delayMs);
    expect(delays[0]).toBe(0);
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(Math.max(...delays)).toBe(8_000);
  });

  test("after a calm while it begins gently again", () => {
    expect(actions(["media", "media", "media", "media"], 60_000).map(({ action }) => action)).toEqual(
      Array.from({ length: 4 }, () => "recover-media"),
    );
  });
});

describe("standstill", () => {
  test("is counted from the last movement", () => {
    const watch = new StandstillWatch();
    watch.observe(0, 5, true);
    watch.observe(1_000, 6, true);
    expect(watch.observe(5_000, 6, true)).toBe(4);
    expect(watch.observe(6_000, 7, true)).toBe(0);
  });

  test("is nobody's fault while nothing should move", () => {
    const watch = new StandstillWatch();
    watch.observe(0, 5, true);
    watch.observe(60_000, 5, false);
    expect(watch.observe(61_000, 5, true)).toBe(1);
  });
});
