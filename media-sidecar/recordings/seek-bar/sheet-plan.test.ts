import { expect, it } from "vitest";
import { planSheets, renderThumbnails, thumbnailSize } from "./sheet-plan.ts";

const segments = (seconds: number, parameters = "a", from = 0) =>
  Array.from({ length: Math.ceil(seconds / 4) }, (_, index) => ({
    startSeconds: from + index * 4,
    durationSeconds: 4,
    parameters,
  }));
const froms = (sheets: { fromSeconds: number }[][]) =>
  sheets.map((sheet) => sheet.map(({ fromSeconds }) => fromSeconds));

it("shows a picture every ten seconds, of the segment that is shown then", () => {
  const [sheet] = planSheets(segments(28));
  expect(
    sheet!.map(({ fromSeconds, toSeconds, segment }) => [fromSeconds, toSeconds, segment.startSeconds]),
  ).toEqual([
    [0, 10, 0],
    [10, 20, 8],
    [20, 28, 20],
  ]);
});

it("begins another sheet after a hundred, and where pictures are of another kind", () => {
  expect(planSheets(segments(1200)).map(({ length }) => length)).toEqual([100, 20]);
  const changed = [...segments(20), ...segments(12, "b", 20), ...segments(12, "a", 32)];
  expect(froms(planSheets(changed))).toEqual([[0, 10], [20, 30], [40]]);
});

it("shows fewer of what lasts a day, and none of nothing", () => {
  const sheets = planSheets(segments(24 * 3600));
  expect(sheets.flat()).toHaveLength(720);
  expect(sheets.flat().at(-1)!.toSeconds).toBe(24 * 3600);
  expect(planSheets([])).toEqual([]);
});

it("keeps the shape of pictures, upright ones and wide ones too", () => {
  expect(thumbnailSize(1920, 1080)).toEqual({ width: 160, height: 90 });
  expect(thumbnailSize(1080, 1920)).toEqual({ width: 50, height: 90 });
  expect(thumbnailSize(8000, 100)).toEqual({ width: 320, height: 90 });
});

it("writes WebVTT whose cues name a place on a sheet", () => {
  const place = { x: 160, y: 90, width: 160, height: 90 };
  const cue = { fromSeconds: 3599.9996, toSeconds: 36_000.5, file: "thumbnails-2.jpg", place };
  expect(renderThumbnails([cue])).toBe(
    "WEBVTT\n\n01:00:00.000 --> 10:00:00.500\nthumbnails-2.jpg#xywh=160,90,160,90\n",
  );
});
