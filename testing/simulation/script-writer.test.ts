import { describe, expect, it } from "vitest";
import { shortestVisit, writeScenario } from "./script-writer.ts";
import type { VisitScript } from "./viewer-script.ts";

const size = { viewers: 300, seconds: 240, beatSeconds: 2 };
const scenario = writeScenario(7, size);
const devices = scenario.viewers.flatMap((viewer) => viewer.devices);
const visits = devices.flatMap((device) => device.visits);

describe("a script", () => {
  it("is the same for the same seed, and another for another", () => {
    const text = (seed: number) => JSON.stringify(writeScenario(seed, size).viewers);
    expect(text(7) === JSON.stringify(scenario.viewers)).toBe(true);
    expect(text(8) === text(7)).toBe(false);
  });

  it("says of every moment of a visit what the player does", () => {
    const isWhole = ({ openAt, closeAt, spans }: VisitScript) =>
      spans[0]?.from === openAt &&
      spans.at(-1)?.to === closeAt &&
      spans.every(({ from }, index) => index === 0 || from === spans[index - 1]!.to);
    expect(visits.filter((visit) => !isWhole(visit))).toEqual([]);
  });

  it("has no visit that is too short to be heard of, and none of a device during another", () => {
    for (const { openAt, closeAt } of visits) {
      expect(closeAt - openAt).toBeGreaterThanOrEqual(shortestVisit(2) - 1e-9);
    }
    for (const device of devices) {
      for (const [index, { openAt }] of device.visits.entries()) {
        if (index > 0) expect(openAt).toBeGreaterThan(device.visits[index - 1]!.closeAt);
      }
    }
  });

  it("has its height in the middle, and most there for long enough to be looked at", () => {
    const there = (share: number) =>
      visits.filter(({ openAt, closeAt }) => openAt <= share * 240 && closeAt >= share * 240).length;
    for (const share of [0.45, 0.5, 0.55]) expect(there(share)).toBeGreaterThan(0.88 * devices.length);
    expect(there(0.1)).toBeLessThan(0.6 * devices.length);
    expect(there(0.9)).toBeLessThan(0.6 * devices.length);
  });

  it.each([
    ["come back", () => devices.filter((device) => device.visits.length > 1)],
    ["use two devices", () => scenario.viewers.filter((viewer) => viewer.devices.length === 2)],
    ["are anonymous", () => scenario.viewers.filter((viewer) => !viewer.signedIn)],
    ["go without a word", () => visits.filter((visit) => !visit.saysGoodbye)],
    ["hide their tab", () => visits.filter((visit) => visit.hidden.length > 0)],
    ["change network", () => visits.filter((visit) => visit.networkChangesAt.length > 0)],
    ["have a wrong clock", () => scenario.viewers.filter((viewer) => Math.abs(viewer.skewSeconds) >= 180)],
    ["only fetch playlists", () => devices.filter(({ signs }) => !signs.beats && signs.playlists)],
    ["only tell a socket how they watch", () => devices.filter(({ signs }) => signs.socket === "tells")],
    ["are in the second session", () => devices.filter((device) => device.stage === 1)],
    ["take part", () => scenario.viewers.filter((viewer) => viewer.deeds.length > 0)],
  ])("has viewers who %s", (_, found) => {
    expect(found().length).toBeGreaterThan(2);
  });
});
