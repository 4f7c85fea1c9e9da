import { describe, expect, it } from "vitest";
import { type JournalEntry, replayJournal } from "./journal.ts";
import { renderMediaPlaylist } from "./media-playlist.ts";

const rendition = {
  slot: 0,
  codecs: "avc1.64001f,mp4a.40.2",
  width: 320,
  height: 180,
  frameRate: 15,
  declaredBitsPerSecond: 1,
};
const entries: JournalEntry[] = [
  {
    kind: "broadcast",
    playbackId: "pb_x",
    prefix: "seg_x",
    generation: 0,
    startedAt: 5,
    partTargetSeconds: 0.35,
    slots: [{ name: "180p", shortSide: 180, videoKbps: 300 }],
  },
  { kind: "run", run: 0, renditions: [rendition] },
  ...[0, 1].map((sequence) => ({
    kind: "segment" as const,
    sequence,
    run: 0,
    durationSeconds: 2,
    startsAt: sequence * 2000,
    bytes: [1000],
    discontinuity: false,
    targetDuration: 3,
  })),
];
const options = { prefix: "seg_x", partTargetSeconds: null, skip: false, hint: false };
const written = (...lines: unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

describe("the journal", () => {
  it("gives back the last prefix, and the generation of tokens it was made for", () => {
    const moved = { kind: "prefix", prefix: "seg_y", generation: 2 };
    const content = replayJournal(written(...entries, moved), 120);
    expect(content).toMatchObject({ prefix: "seg_y", generation: 2 });
    expect(content!.timeline.nextSequence).toBe(2);
    const { generation: _, ...older } = entries[0] as { generation: number };
    expect(replayJournal(written(older, ...entries.slice(1)), 120)).toMatchObject({ generation: 0 });
  });

  it("gives back the timeline that wrote it", () => {
    const content = replayJournal(written(...entries), 120);
    expect(content).toMatchObject({ playbackId: "pb_x", prefix: "seg_x", startedAt: 5 });
    expect(content!.timeline).toMatchObject({ nextSequence: 2, targetDuration: 3, ended: false });
    expect(renderMediaPlaylist(content!.timeline, 0, options)).toContain("/hls/seg_x/v0/1.m4s");
  });

  it("ignores a last line that was cut off by the crash", () => {
    const text = written(...entries);
    for (let cut = 1; cut < 60; cut++)
      expect(replayJournal(text.slice(0, -cut), 120)?.timeline.nextSequence, `cut by ${cut}`).toBe(1);
  });

  it("believes nothing behind a line that cannot be read or does not follow", () => {
    const [head, run, first, second] = entries;
    expect(
      replayJournal(`${written(head, run, first)}noise\n${written(second)}`, 120)?.timeline.nextSequence,
    ).toBe(1);
    expect(
      replayJournal(written(head, run, first, { ...second!, sequence: 7 }), 120)?.timeline.nextSequence,
    ).toBe(1);
  });

  const part = { durationSeconds: 0.3, independent: true, bytes: 10 };
  const open = { sequence: 2, run: 0, startsAt: 4000, discontinuity: false, parts: [part] };

  it("knows the parts of the segment that was open, and none of another one or of another run", () => {
    const parts = written(open, open).slice(0, -1);
    expect(replayJournal(written(...entries), 120, `${parts}\n`)?.timeline.partsOf(2)).toEqual([
      [part, part],
    ]);
    expect(replayJournal(written(...entries), 120, parts)?.timeline.partsOf(2), "cut off").toEqual([[part]]);
    for (const other of [
      { ...open, sequence: 1 },
      { ...open, run: 1 },
      { ...open, parts: [part, part] },
    ])
      expect(replayJournal(written(...entries), 120, written(other))?.timeline.open).toBeNull();
  });

  it("remembers the end", () => {
    expect(replayJournal(written(...entries, { kind: "ended" }), 120)?.timeline.ended).toBe(true);
  });

  it("is nothing without a beginning or a segment, or with a prefix that leaves its folder", () => {
    const [head, ...rest] = entries;
    expect(replayJournal("", 120)).toBeNull();
    expect(replayJournal(written(head), 120)).toBeNull();
    expect(replayJournal(written(...rest), 120)).toBeNull();
    expect(replayJournal(written({ ...head!, prefix: "../../etc" }, ...rest), 120)).toBeNull();
  });
});
