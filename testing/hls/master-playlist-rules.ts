/** What must hold of a Multivariant Playlist of muxed Variant Streams (RFC 8216bis §4.4.6). */
import { type Attributes, numberOf, quotedOf, readAttributes } from "./attribute-list.ts";
import type { Fault } from "./fault.ts";

export interface Variant {
  readonly uri: string;
  readonly attributes: Attributes;
}

export function readMasterPlaylist(text: string): { variants: Variant[]; faults: Fault[] } {
  const faults: Fault[] = [];
  const variants: Variant[] = [];
  const fault = (section: string, says: string) => faults.push({ section, says });
  const lines = text.split("\n");
  if (lines[0] !== "#EXTM3U") fault("4.4.1.1", "#EXTM3U is not the first line");
  lines.forEach((line, index) => {
    if (/^#(EXTINF|EXT-X-(TARGETDURATION|MEDIA-SEQUENCE|PART|MAP|ENDLIST))\b/.test(line))
      fault("4.1", `a tag of Media Playlists: ${line}`);
    if (!line.startsWith("#EXT-X-STREAM-INF:")) return;
    const attributes = readAttributes(line.slice("#EXT-X-STREAM-INF:".length));
    const uri = lines[index + 1] ?? "";
    if (typeof attributes === "string") fault("4.4.6.2", attributes);
    else if (uri === "" || uri.startsWith("#")) fault("4.4.6.2", "EXT-X-STREAM-INF without a URI behind it");
    else variants.push({ uri, attributes });
  });
  for (const { uri, attributes } of variants) {
    const bandwidth = numberOf(attributes, "BANDWIDTH");
    if (bandwidth === null) fault("4.4.6.2", `${uri} has no BANDWIDTH`);
    if ((numberOf(attributes, "AVERAGE-BANDWIDTH") ?? 0) > (bandwidth ?? 0))
      fault("4.4.6.2", `${uri} is faster on average than at its peak`);
    if (!/^[a-z0-9.]+(,[a-z0-9.]+)*$/i.test(quotedOf(attributes, "CODECS") ?? ""))
      fault("4.4.6.2", `${uri} has no CODECS`);
  }
  if (new Set(variants.map(({ uri }) => uri)).size < variants.length) fault("4.4.6.2", "a URI occurs twice");
  return { variants, faults };
}
