/** What the tests of broadcasts look at in a media playlist; testing/hls reads one strictly. */

export interface ListedSegment {
  readonly sequence: number;
  readonly seconds: number;
  readonly at: number;
  readonly discontinuity: boolean;
  readonly uri: string;
  readonly map: string;
}

/** A media playlist as a player reads it. */
export function readPlaylist(text: string | null) {
  const lines = (text ?? "").split("\n");
  const tag = (name: string) => lines.find((line) => line.startsWith(`#${name}:`))?.slice(name.length + 2);
  const segments: ListedSegment[] = [];
  let sequence = Number(tag("EXT-X-MEDIA-SEQUENCE") ?? 0);
  let map = "";
  let seconds = 0;
  let at = 0;
  let discontinuity = false;
  for (const line of lines) {
    if (line.startsWith("#EXT-X-MAP:")) map = /URI="([^"]*)"/.exec(line)?.[1] ?? "";
    else if (line.startsWith("#EXTINF:")) seconds = Number.parseFloat(line.slice(8));
    else if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) at = Date.parse(line.slice(25));
    else if (line === "#EXT-X-DISCONTINUITY") discontinuity = true;
    else if (line.startsWith("/")) {
      segments.push({ sequence: sequence++, seconds, at, discontinuity, uri: line, map });
      discontinuity = false;
    }
  }
  return {
    segments,
    targetDuration: Number(tag("EXT-X-TARGETDURATION") ?? 0),
    ended: lines.includes("#EXT-X-ENDLIST"),
  };
}
