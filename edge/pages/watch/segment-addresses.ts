/**
 * Segments of a stream are found under an unguessable name that changes when playback is revoked. hls.js takes a known
 * segment with another address for another stream, and begins anew; so it is told names that last, and each request is
 * sent where the newest playlist says.
 */
export class SegmentAddresses {
  readonly #playlists = new Map<string, { first: ListedSegment; name: string }>();
  readonly #prefixes = new Map<string, string>();

  /** A media playlist with names that last; any other text as it is. `path` tells playlists apart. */
  settle(path: string, text: string): string {
    const prefix = unguessable.exec(text)?.[1];
    const first = firstSegment(text);
    if (prefix === undefined || first === null) return text;
    const known = this.#playlists.get(path);
    const name =
      known && (first.isDelta || isContinued(known.first, first))
        ? known.name
        : `settled-${this.#prefixes.size}`;
    if (!first.isDelta) this.#playlists.set(path, { first, name });
    this.#prefixes.set(name, prefix);
    return text.replaceAll(`/hls/${prefix}/`, `/hls/${name}/`);
  }

  /** The address behind a name. */
  find(url: string): string {
    return url.replace(settled, (whole, name: string) => {
      const prefix = this.#prefixes.get(name);
      return prefix === undefined ? whole : `/hls/${prefix}/`;
    });
  }
}

const unguessable = /\/hls\/(seg_[A-Za-z0-9_-]+)\//;
const settled = /\/hls\/(settled-\d+)\//;

interface ListedSegment {
  sequence: number;
  date: string;
  /** Segments were left out (EXT-X-SKIP), which is done for who knows them only. */
  isDelta: boolean;
}

function firstSegment(text: string): ListedSegment | null {
  const sequence = /^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(text)?.[1];
  const date = /^#EXT-X-PROGRAM-DATE-TIME:(.+)/m.exec(text)?.[1];
  if (sequence === undefined || date === undefined) return null;
  return { sequence: Number(sequence), date, isDelta: text.includes("#EXT-X-SKIP:") };
}

/** A later broadcast of the same stream counts from zero again. */
function isContinued(before: ListedSegment, after: ListedSegment): boolean {
  if (before.sequence === after.sequence) return before.date === after.date;
  return before.sequence < after.sequence;
}
