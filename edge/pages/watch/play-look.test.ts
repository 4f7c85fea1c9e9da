import { expect, test } from "vitest";
import { renditionName } from "../../client/follow-video.ts";
import { playDoing } from "./play-look.ts";
import type { PlayerState } from "./stage-view.ts";

const states: PlayerState[] = [
  "empty",
  "loading",
  "playing",
  "paused",
  "stalled",
  "blocked",
  "recovering",
  "unsupported",
  "drained",
];
const doings = (isSeeking: boolean, isOnAir: boolean) =>
  Object.fromEntries(states.map((state) => [state, playDoing(state, isSeeking, isOnAir)]));

test("while the stream is on air, a player that has nothing to show waits", () => {
  expect(doings(false, true)).toEqual({
    empty: "closed",
    loading: "waiting",
    playing: "playing",
    paused: "held",
    stalled: "waiting",
    blocked: "held",
    recovering: "waiting",
    unsupported: "closed",
    drained: "closed",
  });
});

test("while the encoder is away it waits for nobody's fault, and plays on from what it has", () => {
  expect(doings(false, false)).toMatchObject({ loading: "held", stalled: "held", playing: "playing" });
});

test("on its way to another position it neither plays nor waits", () => {
  expect(doings(true, true)).toMatchObject({ playing: "seeking", stalled: "seeking", paused: "held" });
});

test("renditions are called as the ladder calls them, an upright picture by its width", () => {
  expect([renditionName(1280, 720), renditionName(720, 1280), renditionName(0, 0)]).toEqual([
    "720p",
    "720p",
    null,
  ]);
});
