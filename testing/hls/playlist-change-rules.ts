/** What must hold between an earlier and a later version of one Media Playlist, both whole. */
import { applyRules, type Fault, type Rule } from "./fault.ts";
import type { ListedSegment, MediaPlaylist } from "./media-playlist-reader.ts";
import { edgeOf } from "./media-playlist-rules.ts";

interface Change {
  readonly before: MediaPlaylist;
  readonly after: MediaPlaylist;
}

export function playlistChangeFaults(before: MediaPlaylist, after: MediaPlaylist): Fault[] {
  return applyRules(rules, { before, after });
}

const rules: readonly Rule<Change>[] = [
  [
    "6.2.1",
    ({ before, after }) =>
      before.targetDuration === after.targetDuration ? null : "the target duration has changed",
  ],
  [
    "6.2.1",
    ({ before, after }) =>
      headOf(before) === headOf(after) ? null : `${headOf(before)} has become ${headOf(after)}`,
  ],
  [
    "6.2.2",
    ({ before, after }) =>
      after.mediaSequence < before.mediaSequence ? "EXT-X-MEDIA-SEQUENCE has decreased" : null,
  ],
  [
    "6.2.2",
    ({ before, after }) =>
      after.discontinuitySequence < before.discontinuitySequence
        ? "EXT-X-DISCONTINUITY-SEQUENCE has decreased"
        : null,
  ],
  [
    "6.2.1",
    ({ before, after }) => {
      const [was, is] = [edgeOf(before), edgeOf(after)];
      // At the end the open segment's parts may be the last segment, listed whole.
      if (is.sequence > was.sequence || after.ended) return null;
      return is.sequence === was.sequence && (is.part >= was.part || is.part < 0)
        ? null
        : `the edge went back from ${was.sequence}.${was.part} to ${is.sequence}.${is.part}`;
    },
  ],
  ["6.2.1", changedSegments],
  ["6.2.1", ({ before, after }) => (before.ended && !after.ended ? "EXT-X-ENDLIST was taken back" : null)],
  [
    "4.4.3.4",
    ({ before, after }) =>
      before.ended && after.segments.length > 0 && edgeOf(after).sequence > edgeOf(before).sequence
        ? "segments behind EXT-X-ENDLIST"
        : null,
  ],
];

function headOf({ serverControl, partTarget, independentSegments }: MediaPlaylist): string {
  const control = [...(serverControl ?? [])].map(([name, { text }]) => `${name}=${text}`);
  return JSON.stringify({ control, partTarget, independentSegments });
}

/** Lines are appended, and removed from the front; parts also once they are old. Nothing else changes. */
function changedSegments({ before, after }: Change): string[] {
  const known = new Map<number, ListedSegment>(before.segments.map((segment) => [segment.sequence, segment]));
  const faults: string[] = [];
  for (const segment of after.segments) {
    const was = known.get(segment.sequence);
    if (was === undefined) continue;
    const [old, now] = [identityOf(was), identityOf(segment)];
    if (old !== now) faults.push(`segment ${segment.sequence} was ${old} and is ${now}`);
    const gone = segment.parts.length === 0;
    if (!gone && JSON.stringify(segment.parts) !== JSON.stringify(was.parts))
      faults.push(`the parts of segment ${segment.sequence} have changed`);
  }
  faults.push(...openFaults({ before, after }));
  const last = before.segments.at(-1);
  if (last !== undefined && after.mediaSequence <= last.sequence)
    for (let sequence = after.mediaSequence; sequence <= last.sequence; sequence++)
      if (!after.segments.some((segment) => segment.sequence === sequence))
        faults.push(`segment ${sequence} was removed before older ones`);
  return faults;
}

/** What is listed of the open segment stands when it is whole. */
function openFaults({ before: { open: was }, after }: Change): string[] {
  if (was === null) return [];
  const now = [...after.segments, ...(after.open ? [after.open] : [])].find(
    ({ sequence }) => sequence === was.sequence,
  );
  if (now === undefined)
    return was.parts.length > 0 && after.mediaSequence <= was.sequence
      ? [`segment ${was.sequence}, of which parts were listed, is not there`]
      : [];
  const faults: string[] = [];
  const place = ({ discontinuity, discontinuitySequence, map, dateMs }: ListedSegment) =>
    JSON.stringify({ discontinuity, discontinuitySequence, map, dateMs });
  if (place(was) !== place(now))
    faults.push(`segment ${was.sequence} was ${place(was)} and is ${place(now)}`);
  const same = was.parts.every((part, index) => JSON.stringify(part) === JSON.stringify(now.parts[index]));
  if (now.parts.length > 0 && !same) faults.push(`the parts of segment ${was.sequence} have changed`);
  return faults;
}

function identityOf(segment: ListedSegment): string {
  const { parts: _, ...identity } = segment;
  return JSON.stringify(identity);
}
