import { describe, expect, test } from "vitest";
import { SegmentAddresses } from "./segment-addresses.ts";

const path = "/hls/pb_1/v0.m3u8";

function playlist(prefix: string, sequence: number, second = sequence, more = ""): string {
  return [
    "#EXTM3U",
    `#EXT-X-MEDIA-SEQUENCE:${sequence}`,
    ...(more === "" ? [] : [more]),
    `#EXT-X-MAP:URI="/hls/${prefix}/v0/init-0.mp4"`,
    `#EXT-X-PROGRAM-DATE-TIME:2026-05-01T10:00:${String(second).padStart(2, "0")}.000Z`,
    "#EXTINF:1.00000,",
    `/hls/${prefix}/v0/${sequence}.m4s`,
    `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="/hls/${prefix}/v0/${sequence + 1}-0.m4s"`,
  ].join("\n");
}

const segmentOf = (text: string) => text.split("\n").find((line) => line.startsWith("/hls/")) ?? "";

describe("addresses of segments", () => {
  test("stay the same for the player when they move, and lead to where segments are now", () => {
    const addresses = new SegmentAddresses();
    const before = addresses.settle(path, playlist("seg_one-A", 4));
    expect(before).not.toContain("seg_one");
    const known = `http://localhost${segmentOf(before)}`;
    expect(addresses.find(known)).toBe("http://localhost/hls/seg_one-A/v0/4.m4s");
    expect(addresses.settle(path, playlist("seg_two_B", 4))).toBe(before);
    expect(addresses.find(known)).toBe("http://localhost/hls/seg_two_B/v0/4.m4s");
  });

  test("stay the same in later playlists and in updates that leave out what is known", () => {
    const addresses = new SegmentAddresses();
    const [name] = addresses.settle(path, playlist("seg_1", 4)).match(/settled-\d+/)!;
    for (const text of [
      playlist("seg_2", 5),
      playlist("seg_3", 5, 40, "#EXT-X-SKIP:SKIPPED-SEGMENTS=9"),
      playlist("seg_4", 9),
    ])
      expect(addresses.settle(path, text)).toContain(`/hls/${name}/`);
  });

  test("are others in another broadcast, whose numbers begin anew", () => {
    const addresses = new SegmentAddresses();
    const first = addresses.settle(path, playlist("seg_1", 0));
    const second = addresses.settle(path, playlist("seg_2", 0, 30));
    expect(segmentOf(second)).not.toBe(segmentOf(first));
    expect(addresses.find(segmentOf(second))).toBe("/hls/seg_2/v0/0.m4s");
    const longer = new SegmentAddresses();
    const late = longer.settle(path, playlist("seg_1", 90));
    expect(segmentOf(longer.settle(path, playlist("seg_2", 1, 59)))).not.toBe(
      segmentOf(late).replace("90.m4s", "1.m4s"),
    );
  });

  test("of each playlist are its own: one may be older than the other", () => {
    const addresses = new SegmentAddresses();
    const upper = addresses.settle(path, playlist("seg_2", 5));
    const lower = addresses.settle("/hls/pb_1/v1.m3u8", playlist("seg_1", 4));
    expect(addresses.find(segmentOf(upper))).toBe("/hls/seg_2/v0/5.m4s");
    expect(addresses.find(segmentOf(lower))).toBe("/hls/seg_1/v0/4.m4s");
  });

  test("that are none of these stay as they are", () => {
    const addresses = new SegmentAddresses();
    const master = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.42c01e"\nv0.m3u8';
    expect(addresses.settle("/hls/pb_1/master.m3u8", master)).toBe(master);
    for (const url of ["/hls/pb_1/~token/v0.m3u8", "/hls/settled-7/v0/1.m4s"])
      expect(addresses.find(url)).toBe(url);
  });
});
