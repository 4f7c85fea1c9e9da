import { describe, expect, it } from "vitest";
import { describeFaults } from "../../testing/hls/fault.ts";
import { mediaPlaylistFaults } from "../../testing/hls/media-playlist-rules.ts";
import { renderMediaPlaylist } from "./media-playlist.ts";
import { PublishedTimeline } from "./published-timeline.ts";

const slots = [720, 360].map((shortSide) => ({ name: `${shortSide}p`, shortSide, videoKbps: shortSide }));
const rendition = (slot: number) => ({
  slot,
  codecs: "avc1.64001f,mp4a.40.2",
  width: 640,
  height: 360,
  frameRate: 30,
  declaredBitsPerSecond: 1,
});
const part = (independent: boolean) => ({ durationSeconds: 1 / 3, independent, bytes: 10 });

/** Whole segments of three parts, then so many parts of the next one. */
function timeline(segments: number, openParts: number, runOf = (_: number) => 0, windowSeconds = 120) {
  const published = new PublishedTimeline(slots, windowSeconds);
  published.targetDuration = 1;
  for (let sequence = 0; sequence <= segments; sequence++) {
    const run = runOf(sequence);
    if (published.lastRun?.run !== run) published.addRun({ run, renditions: [rendition(0), rendition(1)] });
    const discontinuity = sequence > 0 && runOf(sequence - 1) !== run;
    const open = { sequence, run, startsAt: sequence * 1000, discontinuity };
    const parts = sequence < segments ? 3 : openParts;
    for (let index = 0; index < parts; index++)
      published.appendParts(open, [part(index === 0), part(index === 0)]);
    if (sequence < segments) published.append({ ...open, durationSeconds: 1, bytes: [30, 30] });
  }
  return published;
}

const render = (published: PublishedTimeline, more: { skip?: boolean; hint?: boolean } = {}) =>
  renderMediaPlaylist(published, 1, {
    prefix: "p",
    partTargetSeconds: 0.35,
    skip: false,
    hint: true,
    ...more,
  });

describe("the low-latency playlist (RFC 8216bis §4.4)", () => {
  it("ends in the open segment's parts, a hint at the next one, and how far the others are", () => {
    const lines = render(timeline(1, 2)).split("\n");
    expect(lines.slice(3, 5)).toEqual([
      "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6.0,HOLD-BACK=3.0,PART-HOLD-BACK=1.050",
      "#EXT-X-PART-INF:PART-TARGET=0.350",
    ]);
    expect(lines.slice(-6)).toEqual([
      "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:01.000Z",
      '#EXT-X-PART:DURATION=0.33333,URI="/hls/p/v1/1-0.m4s",INDEPENDENT=YES',
      '#EXT-X-PART:DURATION=0.33333,URI="/hls/p/v1/1-1.m4s"',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="/hls/p/v1/1-2.m4s"',
      '#EXT-X-RENDITION-REPORT:URI="v0.m3u8",LAST-MSN=1,LAST-PART=1',
      "",
    ]);
  });

  it("hints at the next segment's first part, or at nothing while nobody sends", () => {
    expect(render(timeline(2, 0))).toContain('HINT:TYPE=PART,URI="/hls/p/v1/2-0.m4s"');
    expect(render(timeline(2, 0))).toContain("LAST-MSN=1,LAST-PART=2");
    expect(render(timeline(2, 1), { hint: false })).not.toContain("HINT");
  });

  it("lists parts of the last three target durations only", () => {
    const text = render(timeline(8, 1));
    const listed = [...text.matchAll(/URI="\/hls\/p\/v1\/(\d+)-0\.m4s"/g)].map(([, sequence]) => sequence);
    expect(listed).toEqual(["5", "6", "7", "8"]);
  });

  it("leaves out what is older than the skip boundary, and says how much", () => {
    const text = render(timeline(20, 1), { skip: true });
    expect(text).toContain("#EXT-X-VERSION:9\n");
    expect(text).toContain("#EXT-X-MEDIA-SEQUENCE:0\n");
    expect(text).toContain(
      "#EXT-X-SKIP:SKIPPED-SEGMENTS=13\n#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:13.000Z\n",
    );
    expect(text).not.toContain("EXT-X-MAP");
    expect(render(timeline(6, 1), { skip: true })).not.toContain("SKIP:");
  });

  it("breaks no rule at any length, whole and as an update, across a discontinuity and at the end", () => {
    for (let segments = 1; segments < 16; segments++)
      for (const openParts of [0, 1, 2]) {
        const published = timeline(segments, openParts, (sequence) => (sequence < 9 ? 0 : 1));
        for (const skip of [false, true]) {
          const text = render(published, { skip });
          expect(describeFaults(mediaPlaylistFaults(text)), text).toBe("");
        }
      }
    const ended = timeline(7, 0);
    ended.ended = true;
    const text = render(ended, { skip: true });
    expect(describeFaults(mediaPlaylistFaults(text)), text).toBe("");
    expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
  });
});

describe("the parts of a timeline", () => {
  it.each([120, 0])("go when they were kept for long enough, with %i s to rewind", (windowSeconds) => {
    const published = timeline(7, 0, () => 0, windowSeconds);
    const expired: number[] = [];
    for (let sequence = 7; sequence < 30; sequence++) {
      const gone = published.append({
        sequence,
        run: 0,
        durationSeconds: 1,
        startsAt: sequence * 1000,
        discontinuity: false,
        bytes: [1, 1],
      });
      for (const { segment, counts } of gone.parts) {
        expect(counts).toEqual([3, 3]);
        // Three target durations after they were listed, and twenty seconds.
        expect(sequence - segment.sequence).toBeGreaterThanOrEqual(20);
        expired.push(segment.sequence);
      }
    }
    expect(expired).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
