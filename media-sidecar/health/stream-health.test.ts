import { describe, expect, it } from "vitest";
import type { SourceInterval } from "./source-observer.ts";
import { type BroadcastLook, StreamHealth } from "./stream-health.ts";

const interval: SourceInterval = {
  seconds: 10,
  bytes: 1_250_000,
  pictures: 300,
  missingPictures: 0,
  unevenShare: 0,
  reordered: false,
  sounds: 469,
  soundLeadMs: -13,
  lateSeconds: 0,
};
const look: BroadcastLook = {
  source: {
    videoCodec: "avc1.64001f",
    width: 640,
    height: 360,
    frameRate: 30,
    audioCodec: "aac",
    audioSampleRateHz: 48_000,
    audioChannels: 2,
    bitrateKbps: 1000,
    keyframeIntervalSeconds: 2,
  },
  interval,
  announcedKbps: null,
  renditions: 3,
  encodingSpeed: 0.9987,
  backlogSeconds: 0.64,
  shed: [],
};

/** Looked at every ten seconds. */
class Watched {
  readonly health = new StreamHealth("standard");
  nowMs = 0;

  look(more: Partial<BroadcastLook> = {}): boolean {
    this.nowMs += 10_000;
    const occasion = { at: new Date(this.nowMs), nowMs: this.nowMs, records: false };
    return this.health.look({ ...look, ...more }, { everySeconds: 10, viewers: 7, disk: null }, occasion);
  }

  get codes(): string[] {
    return this.health.warnings.map(({ code }) => code);
  }
}

const dropping = { interval: { ...interval, missingPictures: 30 } };
const rare = { source: { ...look.source!, keyframeIntervalSeconds: 8.3 } };

describe("the health of a stream", () => {
  it("is a sample a look", () => {
    const watched = new Watched();
    watched.look();
    expect(watched.health.sample).toEqual({
      at: "1970-01-01T00:00:10.000Z",
      bitrateKbps: 1000,
      frameRate: 30,
      keyframeIntervalSeconds: 2,
      droppedFrames: 0,
      audioDriftMs: -13,
      encodingSpeed: 1,
      backlogSeconds: 0.6,
      renditions: 3,
      viewers: 7,
    });
  });

  it("is a sample of zeros while nobody sends, which is nobody's bad frame rate", () => {
    const watched = new Watched();
    for (let times = 0; times < 5; times++)
      watched.look({ interval: null, source: { ...look.source!, frameRate: 5 } });
    expect(watched.health.sample).toMatchObject({
      bitrateKbps: 0,
      frameRate: 0,
      keyframeIntervalSeconds: null,
    });
    expect(watched.codes).toEqual([]);
  });

  it("has a warning when what is bad lasts, until it is well for longer", () => {
    const watched = new Watched();
    const news = [{}, dropping, dropping, dropping, {}, {}, {}, {}].map((each) => watched.look(each));
    expect(news).toEqual([false, false, true, false, false, false, true, false]);
    expect(watched.codes).toEqual([]);
  });

  it("takes no publisher's first second for a swing of its bitrate", () => {
    const watched = new Watched();
    watched.look({ interval: { ...interval, seconds: 1.5 } });
    expect(watched.health.sample?.bitrateKbps).toBe(6667);
    for (let times = 0; times < 4; times++) watched.look();
    expect(watched.codes).toEqual([]);
    for (let times = 0; times < 2; times++) watched.look({ interval: { ...interval, seconds: 3 } });
    expect(watched.codes).toEqual([]);
    for (let times = 0; times < 2; times++) watched.look({ interval: { ...interval, bytes: 5_000_000 } });
    expect(watched.codes).toEqual(["bitrate-unsteady"]);
  });

  it("tells frames that this machine lost from those that never came, look by look", () => {
    const watched = new Watched();
    const said = [3, 9, 9, 9, 2, 2].map((unread) => {
      watched.health.leftUnread(unread);
      watched.look(dropping);
      return watched.health.warnings[0]?.detail.match(/media machine|do not arrive/)?.[0];
    });
    const [lost, never] = ["media machine", "do not arrive"];
    // The last two are of a connection made anew, whose count begins at zero.
    expect(said).toEqual([undefined, lost, never, never, lost, never]);
  });

  it("forgets of a publisher what it did when another one comes, and remembers that one left", () => {
    const watched = new Watched();
    for (let times = 0; times < 3; times++) {
      watched.health.publisherCame(times > 0);
      watched.look({ ...rare, backlogSeconds: 9 });
      watched.health.lost(watched.nowMs);
    }
    watched.look({ ...rare, backlogSeconds: 9 });
    expect(watched.codes).toEqual(["keyframes-too-far-apart", "reconnects-often", "falls-behind"]);
    watched.health.publisherCame(true);
    expect(watched.codes).toEqual(["reconnects-often", "falls-behind"]);
    expect(watched.health.reconnects).toBe(3);
    // Ten minutes without another loss.
    for (let minutes = 0; minutes < 11 * 6; minutes++) watched.look();
    expect(watched.codes).toEqual([]);
  });

  it("takes the word of others for what it has not judged, and has the last one for what it has", () => {
    const watched = new Watched();
    const others = [
      { code: "picture-missing", detail: "no picture" },
      { code: "keyframes-too-far-apart", detail: "at once" },
    ];
    expect(watched.health.with(others)).toEqual(others);
    watched.look(rare);
    expect(watched.health.with(others)).toEqual([
      others[0],
      { code: "keyframes-too-far-apart", detail: expect.stringContaining("8.3 s") },
    ]);
    watched.look();
    watched.look();
    expect(watched.health.with(others)).toEqual([others[0]]);
    // A single good look says nothing yet of what others have just seen.
    const fresh = new Watched();
    fresh.look();
    expect(fresh.health.with(others)).toEqual(others);
  });
});
