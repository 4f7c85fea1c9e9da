/** A media playlist as a test wants to see it (RFC 8216 §4.3). */
export interface MediaPlaylist {
  text: string;
  targetDuration: number;
  mediaSequence: number;
  ended: boolean;
  segments: {
    url: string;
    map: string | null;
    duration: number;
    discontinuity: boolean;
    programDateTime: string | null;
  }[];
}

export interface MasterPlaylist {
  text: string;
  variants: { url: string; attributes: Record<string, string> }[];
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text;
}

export async function fetchMaster(url: string): Promise<MasterPlaylist> {
  const text = await fetchText(url);
  const lines = text.split("\n");
  const variants = lines.flatMap((line, index) => {
    if (!line.startsWith("#EXT-X-STREAM-INF:")) return [];
    const attributes = [...line.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)].map((m) => [
      m[1]!,
      m[2]!.replaceAll('"', ""),
    ]);
    return [{ url: new URL(lines[index + 1]!, url).href, attributes: Object.fromEntries(attributes) }];
  });
  return { text, variants };
}

export async function fetchMedia(url: string): Promise<MediaPlaylist> {
  const text = await fetchText(url);
  const playlist: MediaPlaylist = { text, targetDuration: 0, mediaSequence: 0, ended: false, segments: [] };
  let map: string | null = null;
  let next = { duration: 0, discontinuity: false, programDateTime: null as string | null };
  for (const line of text.split("\n")) {
    const value = line.slice(line.indexOf(":") + 1);
    if (line.startsWith("#EXT-X-TARGETDURATION:")) playlist.targetDuration = Number(value);
    else if (line.startsWith("#EXT-X-MEDIA-SEQUENCE:")) playlist.mediaSequence = Number(value);
    else if (line === "#EXT-X-ENDLIST") playlist.ended = true;
    else if (line === "#EXT-X-DISCONTINUITY") next.discontinuity = true;
    else if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) next.programDateTime = value;
    else if (line.startsWith("#EXT-X-MAP:")) map = new URL(/URI="([^"]+)"/.exec(line)![1]!, url).href;
    else if (line.startsWith("#EXTINF:")) next.duration = Number.parseFloat(value);
    else if (line !== "" && !line.startsWith("#")) {
      playlist.segments.push({ url: new URL(line, url).href, map, ...next });
      next = { duration: 0, discontinuity: false, programDateTime: null };
    }
  }
  return playlist;
}
