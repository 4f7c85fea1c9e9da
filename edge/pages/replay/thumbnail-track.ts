/** Pictures along a recording: WebVTT whose cues name a part of a picture (Media Fragments URI §4.2.2). Pure. */

export interface ThumbnailCue {
  fromSeconds: number;
  toSeconds: number;
  /** The sheet, absolute. */
  url: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** `baseUrl` is the track's own address. What is not understood is left out. */
export function parseThumbnails(text: string, baseUrl: string): ThumbnailCue[] {
  const cues: ThumbnailCue[] = [];
  for (const block of text.replaceAll("\r\n", "\n").split(/\n{2,}/)) {
    const found =
      /^(?:.*\n)?([\d:.]+) --> ([\d:.]+)[^\n]*\n(\S+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)/m.exec(block);
    if (found === null) continue;
    const [, from = "", to = "", file = "", ...place] = found;
    const [x = 0, y = 0, width = 0, height = 0] = place.map(Number);
    if (width === 0 || height === 0 || !URL.canParse(file, baseUrl)) continue;
    const url = new URL(file, baseUrl).href;
    cues.push({ fromSeconds: secondsOf(from), toSeconds: secondsOf(to), url, x, y, width, height });
  }
  return cues;
}

export function thumbnailAt(cues: readonly ThumbnailCue[], seconds: number): ThumbnailCue | null {
  return cues.find(({ fromSeconds, toSeconds }) => seconds >= fromSeconds && seconds < toSeconds) ?? null;
}

/** "01:02:03.400", or without the hours. */
function secondsOf(timestamp: string): number {
  return timestamp.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
