/** Which pictures stand where along a recording's seek bar. Pure. */

export interface PicturedSegment {
  readonly startSeconds: number;
  readonly durationSeconds: number;
  /** Equal for segments whose pictures have the same size and decoder. */
  readonly parameters: string;
}

/** One picture, for so many seconds of the recording. */
export interface Thumbnail<S> {
  readonly segment: S;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export const sheetColumns = 10;
const mostOnASheet = 100;
const everySeconds = 10;
/** A day of recording needs no picture every ten seconds. */
const most = 720;
const heightPixels = 90;
const widestPixels = 320;

/** Sheets of at most a hundred pictures alike, in the order of the recording. */
export function planSheets<S extends PicturedSegment>(segments: readonly S[]): Thumbnail<S>[][] {
  const last = segments.at(-1);
  if (last === undefined) return [];
  const endSeconds = last.startSeconds + last.durationSeconds;
  const step = Math.max(everySeconds, endSeconds / most);
  const sheets: Thumbnail<S>[][] = [];
  let index = 0;
  for (let fromSeconds = 0; fromSeconds < endSeconds; fromSeconds += step) {
    while (index + 1 < segments.length && segments[index + 1]!.startSeconds <= fromSeconds) index++;
    const segment = segments[index]!;
    const sheet = sheets.at(-1);
    const thumbnail = { segment, fromSeconds, toSeconds: Math.min(endSeconds, fromSeconds + step) };
    if (sheet?.[0]?.segment.parameters === segment.parameters && sheet.length < mostOnASheet)
      sheet.push(thumbnail);
    else sheets.push([thumbnail]);
  }
  return sheets;
}

/** Of one picture on a sheet, in pixels, even as encoders want it. */
export function thumbnailSize(width: number, height: number): { width: number; height: number } {
  const fitting = Math.round((heightPixels * width) / height / 2) * 2;
  return { width: Math.max(2, Math.min(widestPixels, fitting)), height: heightPixels };
}

export interface Cue {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** A sheet's file, and the picture's place on it. */
  readonly file: string;
  readonly place: { x: number; y: number; width: number; height: number };
}

/** WebVTT whose cues name a part of a picture beside it (Media Fragments URI §4.2.2), as players know it. */
export function renderThumbnails(cues: readonly Cue[]): string {
  const lines = cues.map(({ fromSeconds, toSeconds, file, place: { x, y, width, height } }) =>
    [
      `${timestamp(fromSeconds)} --> ${timestamp(toSeconds)}`,
      `${file}#xywh=${x},${y},${width},${height}`,
    ].join("\n"),
  );
  return `${["WEBVTT", ...lines].join("\n\n")}\n`;
}

function timestamp(seconds: number): string {
  const all = Math.round(seconds * 1000);
  const part = (size: number, of: number, digits: number) =>
    String(Math.floor(all / size) % of).padStart(digits, "0");
  return `${String(Math.floor(all / 3_600_000)).padStart(2, "0")}:${part(60_000, 60, 2)}:${part(1000, 60, 2)}.${part(1, 1000, 3)}`;
}
