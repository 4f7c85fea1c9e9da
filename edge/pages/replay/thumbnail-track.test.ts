import { expect, test } from "vitest";
import { parseThumbnails, thumbnailAt } from "./thumbnail-track.ts";

const base = "https://media.example/hls/pb_1/~token/thumbnails.vtt";
const track = `WEBVTT

00:00:00.000 --> 00:00:10.000
thumbnails-1.jpg#xywh=0,0,160,90

00:00:10.000 --> 01:00:20.500
thumbnails-1.jpg#xywh=160,0,160,90
`;

test("each cue is a part of a sheet beside the track", () => {
  expect(parseThumbnails(track, base)).toEqual([
    {
      fromSeconds: 0,
      toSeconds: 10,
      url: "https://media.example/hls/pb_1/~token/thumbnails-1.jpg",
      x: 0,
      y: 0,
      width: 160,
      height: 90,
    },
    expect.objectContaining({ fromSeconds: 10, toSeconds: 3620.5, x: 160 }),
  ]);
});

test("lines end as they like, and cues may have names", () => {
  const named = track.replaceAll("\n\n", "\n\nname\n").replaceAll("\n", "\r\n");
  expect(parseThumbnails(named, base)).toHaveLength(2);
});

test("what is no track has no pictures", () => {
  expect(parseThumbnails("<html>\n\nnot found", base)).toEqual([]);
  expect(parseThumbnails("WEBVTT\n\n00:00.000 --> 00:10.000\na.jpg", base)).toEqual([]);
});

test("the picture of a moment is the one whose time it is", () => {
  const cues = parseThumbnails(track, base);
  expect([0, 9.99, 10, 5000].map((seconds) => thumbnailAt(cues, seconds)?.x)).toEqual([0, 0, 160, undefined]);
});
