/** What must hold of one Media Playlist by itself. */
import { numberOf, quotedOf, wordOf } from "./attribute-list.ts";
import { applyRules, type Fault, type Rule } from "./fault.ts";
import { type ListedSegment, type MediaPlaylist, readMediaPlaylist } from "./media-playlist-reader.ts";

/** What rounding to five digits may add up to. */
const roundingSeconds = 0.001;
/** Parts are counted by when pictures are decoded, segments by when they are shown: both in milliseconds. */
const clockSeconds = 0.003;
/** Dates have milliseconds, durations more. */
const dateRoundingMs = 3;

export function mediaPlaylistFaults(text: string): Fault[] {
  const { playlist, faults } = readMediaPlaylist(text);
  return [...faults, ...applyRules(rules, playlist)];
}

const rules: readonly Rule<MediaPlaylist>[] = [
  [
    "4.4.3.1",
    ({ targetDuration }) =>
      targetDuration === null || targetDuration < 1 ? "no EXT-X-TARGETDURATION" : null,
  ],
  [
    "4.4.3.1",
    ({ segments, targetDuration }) =>
      segments
        .filter(({ seconds }) => Math.round(seconds) > (targetDuration ?? 0))
        .map(
          ({ sequence, seconds }) => `segment ${sequence} of ${seconds} s is longer than the target duration`,
        ),
  ],
  [
    "4.4.4.1",
    ({ segments }) => segments.filter(({ seconds }) => seconds <= 0).map(({ uri }) => `${uri} takes no time`),
  ],
  [
    "8",
    ({ version, skipped }) =>
      (version ?? 1) < (skipped === null ? 6 : 9) ? `version ${version} is less than its tags need` : null,
  ],
  // Fragmented MP4 has its Media Initialization Section in an EXT-X-MAP, but for what was skipped.
  [
    "3.1.2",
    ({ segments, open, skipped }) =>
      skipped !== null
        ? null
        : [...segments, ...(open ? [open] : [])]
            .filter(({ map }) => map === null)
            .map(({ sequence }) => `no EXT-X-MAP applies to segment ${sequence}`),
  ],
  [
    "6.2.1",
    ({ segments, open }) =>
      [...segments, ...(open ? [open] : [])]
        .filter(({ discontinuity, dateMs }) => discontinuity && dateMs === null)
        .map(({ sequence }) => `the discontinuity at segment ${sequence} has no date`),
  ],
  ["6.2.1", dateFaults],
  [
    "6.2.2",
    (playlist) =>
      !playlist.ended &&
      playlist.mediaSequence > 0 &&
      playlist.skipped === null &&
      secondsOf(playlist.segments) < 3 * (playlist.targetDuration ?? 0) - roundingSeconds
        ? `${secondsOf(playlist.segments)} s are less than three target durations`
        : null,
  ],
  [
    "6.2.2",
    ({ playlistType }) => (playlistType === null ? null : "a Live Playlist with EXT-X-PLAYLIST-TYPE"),
  ],
  [
    "4.4.3.7",
    ({ partTarget, ...rest }) =>
      partTarget === null && listsParts(rest) ? "parts without EXT-X-PART-INF" : null,
  ],
  ["4.4.4.9", partLengthFaults],
  ["4.4.4.9", partSumFaults],
  [
    "4.4.2.1",
    ({ independentSegments, segments, open }) =>
      !independentSegments
        ? null
        : [...segments, ...(open ? [open] : [])]
            .filter(({ parts }) => parts.length > 0 && !parts[0]!.independent)
            .map(({ sequence }) => `segment ${sequence} is said to be independent and its first part is not`),
  ],
  [
    "6.2.2",
    (playlist) =>
      playlist.segments
        .filter(({ parts }) => parts.length > 0)
        .filter(({ sequence }) => secondsBehind(playlist, sequence) > 3 * (playlist.targetDuration ?? 0))
        .map(({ sequence }) => `the parts of segment ${sequence} are more than three target durations old`),
  ],
  ["4.4.3.8", serverControlFaults],
  ["4.4.5.2", skipFaults],
  ["4.4.5.3", hintFaults],
  ["4.4.5.4", reportFaults],
  [
    "6.2.1",
    ({ ended, open, hints }) =>
      ended && (open !== null || hints.length > 0) ? "an ended playlist promises more" : null,
  ],
];

function secondsOf(segments: MediaPlaylist["segments"]): number {
  return segments.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** From the end of a segment to the end of the last whole one. */
function secondsBehind({ segments }: MediaPlaylist, sequence: number): number {
  return secondsOf(segments.filter((segment) => segment.sequence > sequence));
}

function listsParts({ segments, open }: Pick<MediaPlaylist, "segments" | "open">): boolean {
  return open !== null || segments.some(({ parts }) => parts.length > 0);
}

/** Dates follow from durations, but for sub-second overlaps where the timeline breaks off. */
function dateFaults({ segments, open }: MediaPlaylist): string[] {
  const faults: string[] = [];
  let end = null as { ms: number; of: number } | null;
  for (const segment of [...segments, ...(open ? [open] : [])]) {
    if (segment.dateMs !== null && Number.isNaN(segment.dateMs))
      faults.push(`segment ${segment.sequence} has no date`);
    if (segment.dateMs !== null && end !== null) {
      const gapMs = segment.dateMs - end.ms;
      const wrong = segment.discontinuity ? gapMs <= -1000 : Math.abs(gapMs) > dateRoundingMs;
      if (wrong)
        faults.push(`segment ${segment.sequence} begins ${gapMs.toFixed(0)} ms after the end of ${end.of}`);
    }
    const begin: number | null = segment.dateMs ?? end?.ms ?? null;
    end =
      begin === null || segment.seconds === null
        ? null
        : { ms: begin + segment.seconds * 1000, of: segment.sequence };
  }
  return faults;
}

/** The last part of a whole segment, and one that can be begun with, may be shorter than 85 % of the target. */
function partLengthFaults({ segments, open, partTarget }: MediaPlaylist): string[] {
  const faults: string[] = [];
  const target = partTarget ?? 0;
  for (const { sequence, parts, seconds } of [...segments, ...(open ? [open] : [])])
    parts.forEach((part, index) => {
      const last = index === parts.length - 1 && seconds !== null;
      if (part.seconds > target + roundingSeconds / 100)
        faults.push(`part ${sequence}.${index} of ${part.seconds} s is longer than PART-TARGET`);
      // Whether the open segment's newest part is its last one is not known yet.
      const mayBeLast = index === parts.length - 1;
      if (part.seconds < 0.85 * target && !part.independent && !last && !mayBeLast)
        faults.push(`part ${sequence}.${index} of ${part.seconds} s is less than 85 % of PART-TARGET`);
    });
  return faults;
}

/** Is it the last of what an encoder sent in one go? Renditions of that may end some frames apart. */
export function isLastOfRun(
  { segments, open }: Pick<MediaPlaylist, "segments" | "open">,
  sequence: number,
): boolean {
  const next = [...segments, ...(open ? [open] : [])].find((segment) => segment.sequence === sequence + 1);
  return next?.discontinuity ?? true;
}

function partSumFaults(playlist: MediaPlaylist): string[] {
  return playlist.segments.flatMap(({ sequence, parts, seconds }) => {
    if (isLastOfRun(playlist, sequence)) return [];
    const sum = parts.reduce((total, part) => total + part.seconds, 0);
    if (parts.length === 0 || Math.abs(sum - seconds) <= clockSeconds) return [];
    return [`the parts of segment ${sequence} take ${sum.toFixed(3)} s, the segment ${seconds} s`];
  });
}

function serverControlFaults(playlist: MediaPlaylist): string[] {
  const { serverControl: control, targetDuration, partTarget } = playlist;
  const faults: string[] = [];
  const target = targetDuration ?? 0;
  const blocks = wordOf(control, "CAN-BLOCK-RELOAD");
  if (control?.has("CAN-BLOCK-RELOAD") && blocks !== "YES") faults.push("CAN-BLOCK-RELOAD may be YES only");
  // Appendix B.1
  if (partTarget !== null && blocks !== "YES") faults.push("parts without blocking reload");
  const skip = numberOf(control, "CAN-SKIP-UNTIL");
  if (skip !== null && skip < 6 * target) faults.push("CAN-SKIP-UNTIL is less than six target durations");
  const hold = numberOf(control, "HOLD-BACK");
  if (hold !== null && hold < 3 * target) faults.push("HOLD-BACK is less than three target durations");
  const partHold = numberOf(control, "PART-HOLD-BACK");
  if (partTarget !== null && partHold === null) faults.push("EXT-X-PART-INF without PART-HOLD-BACK");
  if (partTarget !== null && partHold !== null && partHold < 3 * partTarget - 1e-9)
    faults.push("PART-HOLD-BACK is less than three times PART-TARGET");
  return faults;
}

/** All that is within the Skip Boundary must be there (§6.2.5.1). */
function skipFaults(playlist: MediaPlaylist): string[] {
  const { skipped, serverControl, ended, segments } = playlist;
  if (skipped === null) return [];
  const until = numberOf(serverControl, "CAN-SKIP-UNTIL");
  if (until === null) return ["EXT-X-SKIP without CAN-SKIP-UNTIL"];
  const faults: string[] = [];
  if (ended) faults.push("EXT-X-SKIP in a playlist that has ended");
  if (skipped < 1) faults.push("nothing is skipped");
  if (secondsOf(segments) < until - roundingSeconds)
    faults.push(`only ${secondsOf(segments)} s are left of the ${until} s that may not be skipped`);
  return faults;
}

function hintFaults({ hints, segments, open }: MediaPlaylist): string[] {
  const faults: string[] = [];
  const types = hints.map((hint) => wordOf(hint, "TYPE"));
  if (new Set(types).size < types.length) faults.push("two hints of the same type");
  const listed = new Set(
    [...segments, ...(open ? [open] : [])].flatMap(({ parts }) => parts.map(({ uri }) => uri)),
  );
  for (const hint of hints) {
    const uri = quotedOf(hint, "URI");
    const type = wordOf(hint, "TYPE");
    if (type !== "PART" && type !== "MAP") faults.push(`a hint of type ${type}`);
    if (uri === null) faults.push("a hint without URI");
    else if (listed.has(uri)) faults.push(`${uri} is hinted at and listed`);
  }
  return faults;
}

function reportFaults({ reports }: MediaPlaylist): string[] {
  const faults: string[] = [];
  const uris = reports.map((report) => quotedOf(report, "URI"));
  if (new Set(uris).size < uris.length) faults.push("two reports on the same rendition");
  for (const report of reports) {
    const uri = quotedOf(report, "URI");
    if (uri === null || /^[a-z]+:/i.test(uri)) faults.push(`a report's URI is not relative: ${uri}`);
    if (numberOf(report, "LAST-MSN") === null) faults.push("a report without LAST-MSN");
  }
  return faults;
}

/** The newest segment, open or whole, and the index of its newest part; -1 where it has none. */
export function edgeOf({ segments, open }: Pick<MediaPlaylist, "segments" | "open">): {
  sequence: number;
  part: number;
} {
  const newest: ListedSegment | undefined = open !== null && open.parts.length > 0 ? open : segments.at(-1);
  return { sequence: newest?.sequence ?? -1, part: (newest?.parts.length ?? 0) - 1 };
}
