import * as v from "valibot";
import { expect, test } from "vitest";
import { PlaybackBeat } from "../protocol/streams.ts";
import type { PlayLook } from "./open-play.ts";
import { type BeatAccess, PlaybackBeats } from "./playback-beats.ts";
import type { BeatOutcome } from "./post-beat.ts";

const access = (beatToken: string, viewerId = "vwr_1"): BeatAccess => {
  return { beatToken, viewerId, beatSeconds: 10 };
};

/** A player on a clock of the test's own, and what the server gets of it. */
class Scene {
  readonly got: v.InferOutput<typeof PlaybackBeat>[] = [];
  readonly parting: boolean[] = [];
  /** What the next beats come to, in this order; `heard` after those. */
  readonly outcomes: BeatOutcome[] = [];
  /** What asking for access answers, in this order; a rejection after those. */
  readonly accesses: BeatAccess[] = [];
  asked = 0;
  player: PlayLook = {
    doing: "waiting",
    position: 0,
    playbackRate: 1,
    rendition: "360p",
    restarts: 0,
    latencySeconds: null,
    isVisible: true,
  };
  #now = 0;
  readonly beats = new PlaybackBeats({
    to: async (beat, parting) => {
      this.got.push(v.parse(PlaybackBeat, beat));
      this.parting.push(parting);
      return this.outcomes.shift() ?? "heard";
    },
    loadPlayback: async () => {
      this.asked += 1;
      const next = this.accesses.shift();
      if (!next) throw new Error("not for you");
      return next;
    },
    look: () => this.player,
    clock: () => this.#now,
  });

  async spend(doing: PlayLook["doing"], seconds: number, everySeconds = 1): Promise<void> {
    this.player = { ...this.player, doing };
    this.beats.look();
    for (let passed = 0; passed < seconds; passed += everySeconds) {
      this.#now += everySeconds * 1000;
      if (doing === "playing") this.player.position += everySeconds;
      this.beats.look();
      await new Promise(setImmediate);
    }
  }
  get last() {
    return this.got.at(-1)!;
  }
}

test("nothing is said of a page on which nothing plays", async () => {
  const scene = new Scene();
  scene.beats.use(access("a"));
  await scene.spend("waiting", 30);
  await scene.spend("held", 30);
  scene.beats.close();
  expect(scene.got).toEqual([]);
});

test("each beat says all since the beginning of the play", async () => {
  const scene = new Scene();
  scene.beats.use(access("a"));
  await scene.spend("waiting", 2);
  scene.player.latencySeconds = 4.56789;
  await scene.spend("playing", 30);
  expect(scene.got[0]).toMatchObject({ playedSeconds: 0, joinMs: 2000, playing: true, ended: false });
  expect(scene.got.map(({ beat }) => beat)).toEqual(scene.got.map((_, index) => index + 1));
  expect(new Set(scene.got.map(({ playId }) => playId)).size).toBe(1);
  await scene.spend("held", 1);
  expect(scene.last).toMatchObject({
    token: "a",
    playing: false,
    playedSeconds: 30,
    renditions: { "360p": 30 },
  });
  expect(scene.last.latencySeconds).toBeUndefined();
  expect(scene.got[1]?.latencySeconds).toBe(4.568);
});

test("what is not heard is in the next one, and nothing piles up", async () => {
  const scene = new Scene();
  scene.beats.use(access("a"));
  await scene.spend("playing", 30);
  const before = scene.got.length;
  scene.outcomes.push(...Array<BeatOutcome>(6).fill("unheard"));
  await scene.spend("playing", 60);
  expect(scene.got.length - before).toBe(6);
  expect(scene.beats.areHeard).toBe(false);
  await scene.spend("playing", 10);
  expect(scene.beats.areHeard).toBe(true);
  expect(scene.got.length - before).toBe(7);
  await scene.spend("held", 1);
  expect(scene.last.playedSeconds).toBe(100);
});

test("while one is on its way, no other follows", async () => {
  const scene = new Scene();
  let sent = 0;
  const beats = new PlaybackBeats({
    to: () => {
      sent += 1;
      return new Promise(() => {});
    },
    loadPlayback: async () => access("a"),
    look: () => scene.player,
    clock: () => sentAt,
  });
  let sentAt = 0;
  scene.player.doing = "playing";
  for (; sentAt < 60_000; sentAt += 1000) {
    beats.look();
    await new Promise(setImmediate);
  }
  expect(sent).toBe(1);
  beats.close();
  expect(sent).toBe(2);
});

test("closing says the last word at once; a page that comes back is another play", async () => {
  const scene = new Scene();
  scene.beats.use(access("a"));
  await scene.spend("playing", 7);
  scene.beats.close();
  expect(scene.last).toMatchObject({ ended: true, playing: false, playedSeconds: 7 });
  expect(scene.parting.at(-1)).toBe(true);
  const closed = scene.got.length;
  await scene.spend("playing", 30);
  expect(scene.got.length).toBe(closed);
  scene.beats.open();
  await scene.spend("playing", 20);
  expect(scene.last.playId).not.toBe(scene.got[0]?.playId);
  scene.beats.close();
  expect(scene.last).toMatchObject({ ended: true, playedSeconds: 20 });
  expect(scene.last.joinMs).toBeUndefined();
});

test("a stream that is over ends the play, and its next broadcast begins another", async () => {
  const scene = new Scene();
  scene.beats.use(access("a"));
  await scene.spend("playing", 12);
  await scene.spend("closed", 30);
  expect(scene.last).toMatchObject({ ended: true, playedSeconds: 12 });
  const over = scene.got.length;
  await scene.spend("waiting", 3);
  await scene.spend("playing", 1);
  expect(scene.got.length).toBe(over + 1);
  expect(scene.last).toMatchObject({ beat: 1, joinMs: 3000 });
});

test("the newest token is used; a refused one is replaced, and the beat said again", async () => {
  const scene = new Scene();
  scene.beats.use(access("a"));
  await scene.spend("playing", 12);
  scene.beats.use(access("b"));
  await scene.spend("playing", 10);
  expect(scene.last.token).toBe("b");
  scene.accesses.push(access("c"));
  scene.outcomes.push("refused");
  await scene.spend("playing", 10);
  expect(scene.got.slice(-2).map(({ token }) => token)).toEqual(["b", "c"]);
  expect(scene.asked).toBe(1);
  expect(new Set(scene.got.map(({ playId }) => playId)).size).toBe(1);
});

test("who may no longer watch is asked about ever more seldom", async () => {
  const scene = new Scene();
  scene.beats.use(access("a"));
  await scene.spend("playing", 12);
  scene.outcomes.push(...Array<BeatOutcome>(1000).fill("refused"));
  await scene.spend("playing", 3_600);
  expect(scene.asked).toBeGreaterThan(10);
  expect(scene.asked).toBeLessThan(20);
});

test("somebody else in front of the same player begins another play, the first one's last word said in its own name", async () => {
  const scene = new Scene();
  scene.beats.use(access("anonymous"));
  await scene.spend("playing", 12);
  scene.beats.use(access("signed in", "usr_1"));
  expect(scene.last).toMatchObject({ token: "anonymous", ended: true, playedSeconds: 12 });
  await scene.spend("playing", 20);
  expect(scene.last).toMatchObject({ token: "signed in", ended: false });
  expect(scene.last.playedSeconds).toBeLessThan(21);
});

test("told to wait, it waits, and loses nothing", async () => {
  const scene = new Scene();
  scene.beats.use(access("a"));
  await scene.spend("playing", 20);
  scene.outcomes.push({ waitSeconds: 60 });
  await scene.spend("playing", 10);
  const before = scene.got.length;
  await scene.spend("playing", 45);
  expect(scene.got.length).toBe(before);
  await scene.spend("playing", 60);
  expect(scene.got.length).toBeGreaterThan(before);
  scene.beats.close();
  expect(scene.last.playedSeconds).toBe(135);
});

test("a player that is never closed begins another play each day", async () => {
  const scene = new Scene();
  scene.beats.use({ ...access("a"), beatSeconds: 600 });
  await scene.spend("playing", 86_400 + 120, 60);
  const ended = scene.got.filter((beat) => beat.ended);
  expect(ended).toHaveLength(1);
  expect(ended[0]?.playedSeconds).toBe(86_340);
  expect(scene.last.playId).not.toBe(ended[0]?.playId);
});

test("without access it asks for some, and names no rendition that a beat may not have", async () => {
  const scene = new Scene();
  scene.accesses.push(access("asked for"));
  scene.player.rendition = "a name with blanks";
  await scene.spend("playing", 12);
  expect(scene.asked).toBe(1);
  expect(scene.last).toMatchObject({ token: "asked for", renditions: {} });
});
