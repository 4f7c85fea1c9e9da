/** Reads a Media Playlist strictly: what cannot be read as RFC 8216bis §4 says is a fault. */
import { type Attributes, numberOf, quotedOf, readAttributes, wordOf } from "./attribute-list.ts";
import type { Fault } from "./fault.ts";

export interface ListedPart {
  readonly uri: string;
  readonly seconds: number;
  readonly independent: boolean;
}

/** What stands before a segment's URI; the open segment has nothing else. */
export interface ListedSegment {
  readonly sequence: number;
  /** §4.4.3.3 */
  readonly discontinuitySequence: number;
  readonly discontinuity: boolean;
  readonly map: string | null;
  /** Unix milliseconds; null without EXT-X-PROGRAM-DATE-TIME. */
  readonly dateMs: number | null;
  readonly parts: readonly ListedPart[];
  /** Null while it is open. */
  readonly seconds: number | null;
  readonly uri: string | null;
}

export interface MediaPlaylist {
  readonly text: string;
  readonly version: number | null;
  readonly targetDuration: number | null;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly independentSegments: boolean;
  readonly serverControl: Attributes | null;
  readonly partTarget: number | null;
  readonly playlistType: string | null;
  /** Of EXT-X-SKIP: this is a Playlist Delta Update. */
  readonly skipped: number | null;
  readonly ended: boolean;
  readonly segments: readonly (ListedSegment & { readonly seconds: number; readonly uri: string })[];
  readonly open: ListedSegment | null;
  readonly hints: readonly Attributes[];
  readonly reports: readonly Attributes[];
}

const onceTags = new Set([
  "EXT-X-VERSION",
  "EXT-X-TARGETDURATION",
  "EXT-X-MEDIA-SEQUENCE",
  "EXT-X-DISCONTINUITY-SEQUENCE",
  "EXT-X-INDEPENDENT-SEGMENTS",
  "EXT-X-SERVER-CONTROL",
  "EXT-X-PART-INF",
  "EXT-X-PLAYLIST-TYPE",
  "EXT-X-SKIP",
  "EXT-X-ENDLIST",
]);
const wholeNumber = /^\d{1,20}$/;
/** ISO/IEC 8601 with a time zone and milliseconds, as §4.4.4.6 wants it. */
const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$/;

export function readMediaPlaylist(text: string): { playlist: MediaPlaylist; faults: Fault[] } {
  const reader = new Reader(text);
  return { playlist: reader.read(), faults: reader.faults };
}

class Reader {
  readonly faults: Fault[] = [];
  readonly #text: string;
  readonly #seen = new Set<string>();
  readonly #segments: (ListedSegment & { seconds: number; uri: string })[] = [];
  readonly #hints: Attributes[] = [];
  readonly #reports: Attributes[] = [];
  #numbers = new Map<string, number>();
  #serverControl: Attributes | null = null;
  #partTarget: number | null = null;
  #playlistType: string | null = null;
  #skipped: number | null = null;
  #map: string | null = null;
  #discontinuities = 0;
  #pending = emptyPending();

  constructor(text: string) {
    this.#text = text;
  }

  read(): MediaPlaylist {
    if (this.#text.startsWith("\uFEFF")) this.#fault("4.1", "a byte order mark");
    if (!this.#text.endsWith("\n")) this.#fault("4.1", "the last line is not ended");
    const lines = this.#text.split(/\r?\n/);
    if (lines[0] !== "#EXTM3U") this.#fault("4.4.1.1", "#EXTM3U is not the first line");
    for (const line of lines.slice(1)) this.#line(line);
    const { seconds, ...open } = this.#pending;
    if (seconds !== null) this.#fault("4.4.4.1", "EXTINF without a URI behind it");
    const hasOpen = open.parts.length > 0 || open.discontinuity || open.dateMs !== null;
    return {
      text: this.#text,
      version: this.#numbers.get("EXT-X-VERSION") ?? null,
      targetDuration: this.#numbers.get("EXT-X-TARGETDURATION") ?? null,
      mediaSequence: this.#mediaSequence,
      discontinuitySequence: this.#numbers.get("EXT-X-DISCONTINUITY-SEQUENCE") ?? 0,
      independentSegments: this.#seen.has("EXT-X-INDEPENDENT-SEGMENTS"),
      serverControl: this.#serverControl,
      partTarget: this.#partTarget,
      playlistType: this.#playlistType,
      skipped: this.#skipped,
      ended: this.#seen.has("EXT-X-ENDLIST"),
      segments: this.#segments,
      open: hasOpen ? { ...open, ...this.#place(), seconds: null, uri: null } : null,
      hints: this.#hints,
      reports: this.#reports,
    };
  }

  get #mediaSequence(): number {
    return this.#numbers.get("EXT-X-MEDIA-SEQUENCE") ?? 0;
  }

  #fault(section: string, says: string): void {
    this.faults.push({ section, says });
  }

  #line(line: string): void {
    if (line === "") return;
    if (line !== line.trim()) this.#fault("4.1", `whitespace around ${JSON.stringify(line)}`);
    if (!line.startsWith("#")) this.#uri(line);
    else if (line.startsWith("#EXT")) this.#tag(line);
  }

  #tag(line: string): void {
    const [name = "", value = ""] = split(line.slice(1));
    if (onceTags.has(name) && this.#seen.has(name)) this.#fault("4.4", `${name} occurs more than once`);
    this.#seen.add(name);
    switch (name) {
      case "EXT-X-VERSION":
      case "EXT-X-TARGETDURATION":
      case "EXT-X-MEDIA-SEQUENCE":
      case "EXT-X-DISCONTINUITY-SEQUENCE":
        this.#number(name, value);
        return;
      case "EXT-X-INDEPENDENT-SEGMENTS":
      case "EXT-X-ENDLIST":
        return;
      case "EXT-X-SERVER-CONTROL":
        this.#serverControl = this.#attributes("4.4.3.8", value);
        return;
      case "EXT-X-PART-INF":
        this.#partTarget = numberOf(this.#attributes("4.4.3.7", value), "PART-TARGET");
        if (this.#partTarget === null) this.#fault("4.4.3.7", "EXT-X-PART-INF without PART-TARGET");
        return;
      case "EXT-X-PLAYLIST-TYPE":
        this.#playlistType = value;
        return;
      case "EXT-X-SKIP":
        this.#skipped = numberOf(this.#attributes("4.4.5.2", value), "SKIPPED-SEGMENTS");
        if (this.#skipped === null) this.#fault("4.4.5.2", "EXT-X-SKIP without SKIPPED-SEGMENTS");
        if (this.#segments.length > 0) this.#fault("4.4.5.2", "EXT-X-SKIP behind a segment");
        return;
      case "EXT-X-DISCONTINUITY":
        if (this.#pending.parts.length > 0)
          this.#fault("4.4.4.3", "a discontinuity behind its segment's parts");
        this.#pending.discontinuity = true;
        this.#discontinuities++;
        return;
      case "EXT-X-MAP":
        this.#map = quotedOf(this.#attributes("4.4.4.5", value), "URI");
        if (this.#map === null) this.#fault("4.4.4.5", "EXT-X-MAP without URI");
        return;
      case "EXT-X-PROGRAM-DATE-TIME":
        if (!date.test(value)) this.#fault("4.4.4.6", `no date with zone and milliseconds: ${value}`);
        this.#pending.dateMs = Date.parse(value);
        return;
      case "EXT-X-PART":
        this.#part(value);
        return;
      case "EXTINF":
        this.#extinf(value);
        return;
      case "EXT-X-PRELOAD-HINT":
        this.#hints.push(this.#attributes("4.4.5.3", value) ?? new Map());
        return;
      case "EXT-X-RENDITION-REPORT":
        this.#reports.push(this.#attributes("4.4.5.4", value) ?? new Map());
        return;
      default:
        this.#fault("4.4", `a tag that this reader does not know: ${name}`);
    }
  }

  #number(name: string, value: string): void {
    const late = this.#segments.length > 0 || this.#pending.parts.length > 0;
    if (name === "EXT-X-MEDIA-SEQUENCE" && late) this.#fault("4.4.3.2", `${name} behind a segment`);
    if (name === "EXT-X-DISCONTINUITY-SEQUENCE" && (late || this.#discontinuities > 0))
      this.#fault("4.4.3.3", `${name} behind a segment or a discontinuity`);
    if (!wholeNumber.test(value)) this.#fault("4.2", `${name} is not a whole number: ${value}`);
    this.#numbers.set(name, Number(value));
  }

  #attributes(section: string, value: string): Attributes | null {
    const attributes = readAttributes(value);
    if (typeof attributes !== "string") return attributes;
    this.#fault(section, attributes);
    return null;
  }

  #part(value: string): void {
    const attributes = this.#attributes("4.4.4.9", value);
    const uri = quotedOf(attributes, "URI");
    const seconds = numberOf(attributes, "DURATION");
    if (uri === null || seconds === null) this.#fault("4.4.4.9", `a part without URI or DURATION: ${value}`);
    if (attributes?.has("INDEPENDENT") && wordOf(attributes, "INDEPENDENT") !== "YES")
      this.#fault("4.4.4.9", "INDEPENDENT may be YES only");
    if (this.#pending.seconds !== null) this.#fault("4.4.4.9", "a part between EXTINF and its URI");
    const independent = wordOf(attributes, "INDEPENDENT") === "YES";
    this.#pending.parts.push({ uri: uri ?? "", seconds: seconds ?? 0, independent });
  }

  #extinf(value: string): void {
    const match = /^(\d+(?:\.\d+)?),(.*)$/.exec(value);
    if (match === null) this.#fault("4.4.4.1", `EXTINF is not a duration and a title: ${value}`);
    this.#pending.seconds = Number(match?.[1] ?? 0);
  }

  #uri(uri: string): void {
    const { seconds, ...pending } = this.#pending;
    if (seconds === null) this.#fault("4.4.4.1", `no EXTINF for ${uri}`);
    this.#segments.push({ ...pending, ...this.#place(), seconds: seconds ?? 0, uri });
    this.#pending = emptyPending();
  }

  #place() {
    return {
      sequence: this.#mediaSequence + (this.#skipped ?? 0) + this.#segments.length,
      discontinuitySequence: (this.#numbers.get("EXT-X-DISCONTINUITY-SEQUENCE") ?? 0) + this.#discontinuities,
      map: this.#map,
    };
  }
}

function emptyPending() {
  return {
    discontinuity: false,
    dateMs: null as number | null,
    parts: [] as ListedPart[],
    seconds: null as number | null,
  };
}

function split(tag: string): [string, string] {
  const colon = tag.indexOf(":");
  return colon < 0 ? [tag, ""] : [tag.slice(0, colon), tag.slice(colon + 1)];
}
