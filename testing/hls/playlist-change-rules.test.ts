import { expect, it } from "vitest";
import { mergeDelta } from "./delta-update.ts";
import { describeFaults } from "./fault.ts";
import { readMediaPlaylist } from "./media-playlist-reader.ts";
import { playlistChangeFaults } from "./playlist-change-rules.ts";
import { reportFaults, variantFaults } from "./variant-rules.ts";

interface Shape {
  first?: number;
  count?: number;
  openParts?: number;
  discontinuityAt?: number;
  discontinuitySequence?: number;
  skipped?: number;
  targetDuration?: number;
  partsFrom?: number;
  ended?: boolean;
  report?: string;
}

/** Segments of a second, the newest with parts, and an open one. */
function playlist(shape: Shape = {}) {
  const { first = 3, count = 5, openParts = 1, skipped = 0, partsFrom = first + 2 } = shape;
  const lines = ["#EXTM3U", "#EXT-X-VERSION:9", `#EXT-X-TARGETDURATION:${shape.targetDuration ?? 1}`];
  lines.push(
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${shape.discontinuitySequence ?? 0}`,
  );
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);
  else lines.push('#EXT-X-MAP:URI="/i.mp4"');
  const begin = (sequence: number, parts: number) => {
    if (sequence === shape.discontinuityAt) lines.push("#EXT-X-DISCONTINUITY");
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(sequence * 1000).toISOString()}`);
    for (let part = 0; part < parts; part++)
      lines.push(
        `#EXT-X-PART:DURATION=0.5,URI="/${sequence}-${part}"${part === 0 ? ",INDEPENDENT=YES" : ""}`,
      );
  };
  for (let sequence = first + skipped; sequence < first + count; sequence++) {
    begin(sequence, sequence >= partsFrom ? 2 : 0);
    lines.push("#EXTINF:1.0,", `/${sequence}`);
  }
  if (openParts > 0) begin(first + count, openParts);
  if (shape.report) lines.push(`#EXT-X-RENDITION-REPORT:${shape.report}`);
  if (shape.ended) lines.push("#EXT-X-ENDLIST");
  return readMediaPlaylist(`${lines.join("\n")}\n`).playlist;
}
const faults = (before: Shape, after: Shape) =>
  describeFaults(playlistChangeFaults(playlist(before), playlist(after)));

it("a playlist may grow, lose its oldest segments and its older parts, and end", () => {
  expect(faults({}, {})).toBe("");
  expect(faults({}, { openParts: 2 })).toBe("");
  expect(faults({}, { count: 6, openParts: 1 })).toBe("");
  expect(faults({ discontinuityAt: 3 }, { first: 4, count: 6, discontinuitySequence: 1 })).toBe("");
  expect(faults({ openParts: 2 }, { count: 6, openParts: 0, partsFrom: 99, ended: true })).toBe("");
});

it.each<[string, Shape, Shape, RegExp]>([
  ["its target duration", {}, { targetDuration: 2 }, /§6\.2\.1: the target duration/],
  ["its first segment for an older one", {}, { first: 2, count: 6 }, /has decreased/],
  ["parts that it listed", { openParts: 2 }, { openParts: 1 }, /the edge went back/],
  ["a segment that it listed", {}, { count: 4, openParts: 2 }, /the edge went back/],
  ["where a discontinuity is", {}, { discontinuityAt: 6 }, /segment 6 was/],
  [
    "discontinuity numbers when one leaves",
    { discontinuityAt: 3 },
    { first: 4, count: 5 },
    /segment 4 was .*"discontinuitySequence":1/,
  ],
  ["parts for fewer", {}, { partsFrom: 99, openParts: 0 }, /the edge went back/],
  ["the open segment's place", {}, { count: 6, discontinuityAt: 8 }, /segment 8 was/],
  ["its end", { ended: true, openParts: 0 }, { openParts: 0, count: 6 }, /taken back/],
])("a playlist may not change %s", (_, before, after, fault) => {
  expect(faults(before, after)).toMatch(fault);
});

it("an update and the version known before make the whole, and not when too little was known", () => {
  const whole = playlist({ first: 5, count: 9, discontinuityAt: 12, discontinuitySequence: 0 });
  const update = playlist({ first: 5, count: 9, discontinuityAt: 12, skipped: 4, partsFrom: 7 });
  const known = playlist({ first: 3, count: 9 });
  const merged = mergeDelta(known, update)!;
  const bare = (segments: typeof whole.segments) => segments.map(({ parts: _, ...segment }) => segment);
  expect(bare(merged.segments)).toEqual(bare(whole.segments));
  expect(merged.open).toEqual(whole.open);
  expect(mergeDelta(playlist({ first: 3, count: 4 }), update)).toBeNull();
});

it("variants agree on lengths, dates and discontinuities", () => {
  expect(variantFaults([playlist(), playlist({ openParts: 2 })])).toEqual([]);
  expect(describeFaults(variantFaults([playlist(), playlist({ targetDuration: 2 })]))).toMatch(
    /target durations differ/,
  );
  expect(describeFaults(variantFaults([playlist(), playlist({ discontinuityAt: 5 })]))).toMatch(
    /another discontinuity sequence number/,
  );
});

it("a report is true when it lies between what the rendition said before and after", () => {
  const report = (text: string) => playlist({ report: text });
  const renditions = new Map([["v1.m3u8", { before: playlist(), after: playlist({ openParts: 2 }) }]]);
  const check = (text: string) => describeFaults(reportFaults(report(text), renditions));
  expect(check('URI="v1.m3u8",LAST-MSN=8,LAST-PART=0')).toBe("");
  expect(check('URI="v1.m3u8",LAST-MSN=8,LAST-PART=1')).toBe("");
  expect(check('URI="v1.m3u8",LAST-MSN=8,LAST-PART=2')).toMatch(/is said to be at 8\.2/);
  expect(check('URI="v1.m3u8",LAST-MSN=7,LAST-PART=1')).toMatch(/is said to be at 7\.1/);
  expect(check('URI="v9.m3u8",LAST-MSN=8')).toMatch(/no rendition/);
});

it("a report on parts of what the rendition's end made whole is true, and none on what comes behind it", () => {
  const after = playlist({ count: 6, openParts: 0, partsFrom: 99, ended: true });
  const renditions = new Map([["v1.m3u8", { before: playlist(), after }]]);
  const check = (text: string) => describeFaults(reportFaults(playlist({ report: text }), renditions));
  expect(check('URI="v1.m3u8",LAST-MSN=8,LAST-PART=1')).toBe("");
  expect(check('URI="v1.m3u8",LAST-MSN=9,LAST-PART=0')).toMatch(/is said to be at 9\.0/);
});
