/** What must hold between the Media Playlists of the Variant Streams of one presentation, read at about the same time. */
import { numberOf, quotedOf } from "./attribute-list.ts";
import { applyRules, type Fault, type Rule } from "./fault.ts";
import type { MediaPlaylist } from "./media-playlist-reader.ts";
import { edgeOf } from "./media-playlist-rules.ts";

export function variantFaults(playlists: readonly MediaPlaylist[]): Fault[] {
  return applyRules(rules, playlists);
}

const sameInstantMs = 10;

const rules: readonly Rule<readonly MediaPlaylist[]>[] = [
  [
    "6.2.4",
    (playlists) =>
      differ(playlists, ({ targetDuration }) => targetDuration) ? "target durations differ" : null,
  ],
  [
    "6.2.4",
    (playlists) => {
      const control = ({ serverControl }: MediaPlaylist) =>
        JSON.stringify([...(serverControl ?? [])].map(([name, { text }]) => [name, text]));
      return differ(playlists, control) ? "EXT-X-SERVER-CONTROL differs" : null;
    },
  ],
  [
    "4.4.3.7",
    (playlists) => (differ(playlists, ({ partTarget }) => partTarget) ? "PART-TARGET differs" : null),
  ],
  [
    "6.2.4",
    (playlists) =>
      playlists.some(dated) && !playlists.every(dated)
        ? "not all playlists map their content to dates"
        : null,
  ],
  ["6.2.4", matchingFaults],
];

function differ<T>(playlists: readonly MediaPlaylist[], of: (playlist: MediaPlaylist) => T): boolean {
  return new Set(playlists.map(of)).size > 1;
}

function dated({ segments }: MediaPlaylist): boolean {
  return segments.some(({ dateMs }) => dateMs !== null);
}

/** Matching content has matching times and discontinuity sequence numbers. */
function matchingFaults([first, ...others]: readonly MediaPlaylist[]): string[] {
  const faults: string[] = [];
  for (const [index, other] of others.entries())
    for (const segment of first?.segments ?? []) {
      const match = other.segments.find(({ sequence }) => sequence === segment.sequence);
      if (match === undefined) continue;
      const where = `segment ${segment.sequence} of rendition ${index + 1}`;
      if (match.discontinuitySequence !== segment.discontinuitySequence)
        faults.push(`${where} has another discontinuity sequence number`);
      if (Math.abs((match.dateMs ?? 0) - (segment.dateMs ?? 0)) > sameInstantMs)
        faults.push(`${where} has another date`);
      if (Math.abs(match.seconds - segment.seconds) * 1000 > sameInstantMs)
        faults.push(`${where} has another length`);
    }
  return faults;
}

/**
 * Reports in `playlist` on a rendition are true when they lie between what that rendition said just before and just
 * after (§4.4.5.4). `renditions` are those by URI.
 */
export function reportFaults(
  playlist: MediaPlaylist,
  renditions: ReadonlyMap<string, { before: MediaPlaylist; after: MediaPlaylist }>,
): Fault[] {
  const faults: Fault[] = [];
  const fault = (says: string) => faults.push({ section: "4.4.5.4", says });
  const reported = new Set(playlist.reports.map((report) => quotedOf(report, "URI")));
  for (const uri of renditions.keys()) if (!reported.has(uri)) fault(`no report on ${uri}`);
  for (const report of playlist.reports) {
    const uri = quotedOf(report, "URI") ?? "";
    const known = renditions.get(uri);
    if (known === undefined) {
      fault(`a report on ${uri}, which is no rendition`);
      continue;
    }
    const said = { sequence: numberOf(report, "LAST-MSN") ?? -1, part: numberOf(report, "LAST-PART") ?? -1 };
    const [least, most] = [edgeOf(known.before), latestOf(known.after)];
    if (isBefore(said, least) || isBefore(most, said))
      fault(
        `${uri} is said to be at ${said.sequence}.${said.part}, and is between ${least.sequence}.${least.part} and ${most.sequence}.${most.part}`,
      );
  }
  return faults;
}

type Edge = ReturnType<typeof edgeOf>;

/** A playlist that has ended lists no parts any more of what it has whole. */
function latestOf(playlist: MediaPlaylist): Edge {
  const edge = edgeOf(playlist);
  return playlist.ended ? { ...edge, part: Number.POSITIVE_INFINITY } : edge;
}

function isBefore(one: Edge, other: Edge): boolean {
  return one.sequence < other.sequence || (one.sequence === other.sequence && one.part < other.part);
}
