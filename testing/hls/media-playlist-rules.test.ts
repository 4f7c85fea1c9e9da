import { describe, expect, it } from "vitest";
import { describeFaults } from "./fault.ts";
import { mediaPlaylistFaults } from "./media-playlist-rules.ts";

const head = [
  "#EXTM3U",
  "#EXT-X-VERSION:7",
  "#EXT-X-TARGETDURATION:1",
  "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6.0,HOLD-BACK=3.0,PART-HOLD-BACK=1.050",
  "#EXT-X-PART-INF:PART-TARGET=0.350",
  "#EXT-X-MEDIA-SEQUENCE:4",
  "#EXT-X-DISCONTINUITY-SEQUENCE:0",
  "#EXT-X-INDEPENDENT-SEGMENTS",
  '#EXT-X-MAP:URI="/i.mp4"',
];
const second = (sequence: number, parts = "") =>
  `#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:0${sequence}.000Z\n${parts}#EXTINF:1.00000,\n/${sequence}.m4s`;
const parts = (sequence: number) =>
  `#EXT-X-PART:DURATION=0.334,URI="/${sequence}-0.m4s",INDEPENDENT=YES\n#EXT-X-PART:DURATION=0.333,URI="/${sequence}-1.m4s"\n#EXT-X-PART:DURATION=0.333,URI="/${sequence}-2.m4s"\n`;
const open = [
  "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:08.000Z",
  '#EXT-X-PART:DURATION=0.334,URI="/8-0.m4s",INDEPENDENT=YES',
  '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="/8-1.m4s"',
  '#EXT-X-RENDITION-REPORT:URI="v1.m3u8",LAST-MSN=8,LAST-PART=0',
];
const good = `${[...head, second(4), second(5, parts(5)), second(6, parts(6)), second(7, parts(7)), ...open].join("\n")}\n`;
const faultsOf = (text: string) => describeFaults(mediaPlaylistFaults(text));

it("a playlist that keeps the rules has no fault", () => {
  expect(faultsOf(good)).toBe("");
});

describe("a playlist breaks a rule", () => {
  it.each<[string, string | RegExp, string, RegExp]>([
    ["without its first line", "#EXTM3U\n", "", /§4\.4\.1\.1/],
    ["with a tag twice", "#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-VERSION:7", /§4\.4: EXT-X-VERSION/],
    ["with an unknown tag", "#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-NEW", /does not know/],
    ["with a version too low for its tags", "#EXT-X-VERSION:7", "#EXT-X-VERSION:5", /§8/],
    ["with spaces in an attribute list", "YES,CAN", "YES, CAN", /§4\.4\.3\.8: no attribute/],
    ["with an attribute twice", "YES,CAN", "YES,HOLD-BACK=3.0,CAN", /occurs twice/],
    ["without a target duration", "#EXT-X-TARGETDURATION:1\n", "", /§4\.4\.3\.1: no EXT/],
    [
      "with a segment longer than it",
      "#EXTINF:1.00000,\n/4",
      "#EXTINF:1.50000,\n/4",
      /longer than the target/,
    ],
    ["without EXTINF", "#EXTINF:1.00000,\n/4", "/4", /§4\.4\.4\.1: no EXTINF/],
    ["without an init segment", '#EXT-X-MAP:URI="/i.mp4"\n', "", /§3\.1\.2/],
    ["with its sequence number behind a segment", "/4.m4s", "/4.m4s\n#EXT-X-MEDIA-SEQUENCE:4", /§4\.4\.3\.2/],
    [
      "with too little left after removals",
      `${second(4)}\n${second(5, parts(5))}\n`,
      "",
      /three target durations/,
    ],
    [
      "with a type though it slides",
      "#EXT-X-VERSION:7",
      "#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:EVENT",
      /§6\.2\.2/,
    ],
    ["with a date without a zone", "05.000Z", "05.000", /§4\.4\.4\.6/],
    ["with a date that does not follow", "05.000Z", "05.100Z", /begins 100 ms after/],
    [
      "with a date that goes back a second across a discontinuity",
      "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:06.000Z",
      "#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:04.900Z",
      /segment 6 begins -1100 ms/,
    ],
    [
      "with a discontinuity without a date",
      "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:06.000Z",
      "#EXT-X-DISCONTINUITY",
      /has no date/,
    ],
    [
      "with a discontinuity behind parts of its segment",
      '"/6-2.m4s"\n',
      '"/6-2.m4s"\n#EXT-X-DISCONTINUITY\n',
      /§4\.4\.4\.3/,
    ],
    [
      "with parts and no target for them",
      "#EXT-X-PART-INF:PART-TARGET=0.350\n",
      "",
      /without EXT-X-PART-INF/,
    ],
    ["with a part that is too long", "DURATION=0.334", "DURATION=0.360", /longer than PART-TARGET/],
    ["with a part that is too short", /DURATION=0.333,URI="\/6-1/, 'DURATION=0.200,URI="/6-1', /85 %/],
    [
      "with parts that are not their segment",
      /DURATION=0.333,URI="\/6-2/,
      'DURATION=0.200,URI="/6-2',
      /take 0\.867 s/,
    ],
    ["with a segment that nobody can begin with", /6-0.m4s",INDEPENDENT=YES/, '6-0.m4s"', /§4\.4\.2\.1/],
    [
      "with parts that are too old",
      second(4),
      `${second(3, parts(3))}\n${second(4)}`,
      /three target durations old/,
    ],
    ["without blocking reload for its parts", "CAN-BLOCK-RELOAD=YES,", "", /without blocking reload/],
    ["with a skip boundary too near", "UNTIL=6.0", "UNTIL=5.9", /six target durations/],
    ["with a hold-back too short", "HOLD-BACK=3.0", "HOLD-BACK=2.9", /HOLD-BACK is less/],
    ["without a hold-back for parts", ",PART-HOLD-BACK=1.050", "", /without PART-HOLD-BACK/],
    ["with a hold-back for parts too short", "BACK=1.050", "BACK=1.000", /three times PART-TARGET/],
    [
      "with two hints",
      "#EXT-X-RENDITION",
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="/9"\n#EXT-X-RENDITION',
      /two hints/,
    ],
    ["with a hint at what is there", 'PART,URI="/8-1', 'PART,URI="/8-0', /hinted at and listed/],
    ["with a report elsewhere", '"v1.m3u8"', '"https://x/v1.m3u8"', /not relative/],
    ["with a report that says nothing", ",LAST-MSN=8", "", /without LAST-MSN/],
    ["with a hint at its end", "LAST-PART=0\n", "LAST-PART=0\n#EXT-X-ENDLIST\n", /promises more/],
    ["with its last line open", "LAST-PART=0\n", "LAST-PART=0", /§4\.1: the last line/],
  ])("%s", (_, wrong, put, fault) => {
    const text = good.replace(wrong, put);
    expect(text).not.toBe(good);
    expect(faultsOf(text)).toMatch(fault);
  });

  it("as an update that skips what it may not, or that may not skip", () => {
    const update = good
      .replace("VERSION:7", "VERSION:9")
      .replace("#EXT-X-MAP", "#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n#EXT-X-MAP");
    expect(faultsOf(update)).toMatch(/only 4 s are left/);
    expect(faultsOf(update.replace("CAN-SKIP-UNTIL=6.0,", ""))).toMatch(/without CAN-SKIP-UNTIL/);
    expect(faultsOf(update.replace("VERSION:9", "VERSION:7"))).toMatch(/§8/);
  });
});
