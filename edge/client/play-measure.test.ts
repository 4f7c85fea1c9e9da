import { expect, test } from "vitest";
import { type PlayDoing, PlayMeasure, type PlaySample } from "./play-measure.ts";

/** A player on a clock of the test's own: what it does, and how fast its position moves, for so many seconds. */
class ScriptedPlayer {
  readonly measure = new PlayMeasure();
  #now = 5_000;
  #sample: PlaySample = { doing: "held", position: 100, playbackRate: 1, rendition: "360p", restarts: 0 };

  constructor() {
    this.change({});
  }

  change(sample: Partial<PlaySample>): this {
    this.#sample = { ...this.#sample, ...sample };
    this.measure.look(this.#sample, this.#now);
    return this;
  }

  /** Looked at every `everySeconds`; `moving` is media seconds a second. */
  spend(doing: PlayDoing, seconds: number, { moving = doing === "playing" ? 1 : 0, everySeconds = 1 } = {}) {
    this.change({ doing });
    for (let left = seconds; left > 1e-9; left -= everySeconds) {
      const step = Math.min(left, everySeconds);
      this.#now += step * 1000;
      this.change({ position: this.#sample.position + step * moving });
    }
    return this;
  }

  /** The viewer, or the player, goes elsewhere. */
  jump(seconds: number): this {
    return this.change({ doing: "seeking", position: this.#sample.position + seconds });
  }

  /** Nobody looks meanwhile. */
  pass(seconds: number): this {
    this.#now += seconds * 1000;
    return this;
  }

  get played(): number {
    return round(this.measure.figures.playedSeconds);
  }
  get stalled() {
    const { stalls, stallSeconds } = this.measure.figures;
    return [stalls, round(stallSeconds)];
  }
}
const round = (value: number) => Math.round(value * 1000) / 1000;

test("time that it plays counts, pauses and waits do not", () => {
  const player = new ScriptedPlayer();
  player.spend("waiting", 2).spend("playing", 10).spend("held", 60).spend("playing", 5).spend("waiting", 3);
  expect(player.played).toBe(15);
});

test("time is the wall's: at double speed, and while it hurries after the edge or holds back", () => {
  const player = new ScriptedPlayer();
  player.change({ playbackRate: 2 }).spend("playing", 10, { moving: 2 });
  player.change({ playbackRate: 1.05 }).spend("playing", 10, { moving: 1.05 });
  player.change({ playbackRate: 0.95 }).spend("playing", 10, { moving: 0.95 });
  expect(player.played).toBeCloseTo(30, 1);
});

test("a rate that changes between two looks costs nothing", () => {
  const player = new ScriptedPlayer();
  for (let second = 0; second < 60; second++) {
    player.change({ playbackRate: second % 2 ? 1.1 : 1 }).spend("playing", 1, { moving: 1.05 });
  }
  expect(player.played).toBe(60);
});

test("watching again after a rewind counts, what was jumped over does not", () => {
  const player = new ScriptedPlayer();
  player.spend("playing", 20).jump(-15).spend("playing", 15).jump(300).spend("playing", 5);
  expect(player.played).toBe(40);
});

test("what played until a jump counts, though it is looked at only after it", () => {
  const player = new ScriptedPlayer();
  player.spend("playing", 20).pass(0.8).jump(-15).spend("playing", 5);
  expect(player.played).toBe(25.8);
});

test("a picture that stands still does not count, though the player says that it plays", () => {
  const player = new ScriptedPlayer();
  player.spend("playing", 10).spend("playing", 60, { moving: 0 }).spend("playing", 10);
  expect(player.played).toBe(20);
});

test("a machine that slept played nothing meanwhile, whether its clock went on or not", () => {
  const player = new ScriptedPlayer();
  player.spend("playing", 10).spend("playing", 3_600, { moving: 0, everySeconds: 3_600 });
  expect(player.played).toBe(10);
  // The clock stood: in one second of it all that was missed is loaded and shown from its end.
  player.jump(3_600).spend("playing", 10);
  expect(player.played).toBe(20);
});

test("a tab in the background that is looked at once a minute counts in full", () => {
  const player = new ScriptedPlayer();
  player.spend("playing", 10).spend("playing", 600, { everySeconds: 60 });
  expect(player.played).toBe(610);
});

test("looks that come unevenly to a position that jerks take nothing away", () => {
  const player = new ScriptedPlayer();
  for (let second = 0; second < 100; second++) {
    player.spend("playing", 0.25, { moving: 0.4, everySeconds: 0.25 });
    player.spend("playing", 0.25, { moving: 1.6, everySeconds: 0.25 });
  }
  expect(player.played).toBeCloseTo(50, 0);
});

test("a stall is a wait that follows upon playing", () => {
  const player = new ScriptedPlayer();
  player.spend("waiting", 4).spend("playing", 10);
  expect(player.stalled).toEqual([0, 0]);
  player.spend("waiting", 3).spend("playing", 10).spend("waiting", 2);
  expect(player.stalled).toEqual([2, 5]);
});

test("waits after a seek, after a pause and while it is held are no stalls", () => {
  const player = new ScriptedPlayer();
  player.spend("playing", 10).jump(-5).spend("seeking", 1).spend("waiting", 3).spend("playing", 10);
  player.spend("held", 10).spend("waiting", 3).spend("playing", 10);
  expect(player.stalled).toEqual([0, 0]);
});

test("a player that jumps over a hole, or starts anew, goes on with the same stall", () => {
  const player = new ScriptedPlayer();
  player.spend("playing", 10).spend("waiting", 2).jump(0.3).spend("seeking", 1).spend("waiting", 2);
  player.change({ position: 0, restarts: 1 }).spend("waiting", 2).jump(50).spend("seeking", 1);
  player.spend("playing", 10);
  expect(player.stalled).toEqual([1, 8]);
  expect(player.measure.figures.errors).toBe(1);
});

test("a machine that slept while it waited did not wait through the night", () => {
  const player = new ScriptedPlayer();
  player.spend("playing", 10).spend("waiting", 2).spend("waiting", 30_000, { everySeconds: 30_000 });
  expect(player.stalled).toEqual([1, 7]);
});

test("joining lasts from the wish to the first picture, without the time in which it was held", () => {
  const player = new ScriptedPlayer();
  player.spend("held", 600).spend("waiting", 1);
  expect(player.measure.figures.joinMs).toBeNull();
  player.spend("held", 30).spend("waiting", 0.5).spend("seeking", 0.2).spend("playing", 1);
  expect(player.measure.figures.joinMs).toBe(1_700);
  player.spend("held", 5).spend("waiting", 9).spend("playing", 1);
  expect(player.measure.figures.joinMs).toBe(1_700);
});

test("a play that is measured from its middle on says nothing of joining", () => {
  const measure = new PlayMeasure();
  const playing = { doing: "playing", playbackRate: 1, rendition: null, restarts: 7 } as const;
  measure.look({ ...playing, position: 50 }, 0);
  measure.look({ ...playing, position: 51 }, 1_000);
  expect(measure.figures).toEqual({
    playedSeconds: 1,
    renditions: {},
    stalls: 0,
    stallSeconds: 0,
    errors: 0,
    joinMs: null,
  });
});

test("each rendition has the time in which it was shown, and there are sixteen at most", () => {
  const player = new ScriptedPlayer();
  player.spend("playing", 10).change({ rendition: "720p" }).spend("playing", 5);
  expect(player.measure.figures.renditions).toEqual({ "360p": 10, "720p": 5 });
  for (let name = 0; name < 20; name++) player.change({ rendition: `r${name}` }).spend("playing", 1);
  expect(Object.keys(player.measure.figures.renditions)).toHaveLength(16);
  expect(player.played).toBe(35);
});
