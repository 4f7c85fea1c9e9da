/** Who fetched playlists since they were last told of. Values, no sockets. */
import type { ViewersRequest } from "../../edge/protocol/internal-media.ts";

/** More on one machine than it can serve: what is beyond is a flood, and not counted. */
const mostOfStream = 100_000;
/** Of one stream in one report, as the contract has it. */
const mostAtOnce = 2000;

export type ViewerReport = ViewersRequest["streams"];

export class ViewerTally {
  #seen = new Map<string, Set<string>>();
  /** Those of before the last report. */
  #told: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  /** A playlist of the stream was fetched by this viewer. */
  saw(playbackId: string, viewerId: string): void {
    const viewers = this.#seen.get(playbackId) ?? new Set<string>();
    if (viewers.size < mostOfStream) viewers.add(viewerId);
    this.#seen.set(playbackId, viewers);
  }

  /** How many there were about a report ago, or are already. */
  recent(playbackId: string): number {
    return Math.max(this.#told.get(playbackId)?.size ?? 0, this.#seen.get(playbackId)?.size ?? 0);
  }

  /** What there is to tell, in reports of bounded size, and nothing of it is kept. */
  take(streamIdOf: (playbackId: string) => string | undefined): ViewerReport[] {
    const reports: ViewerReport[] = [];
    let small: ViewerReport = [];
    let size = 0;
    for (const [playbackId, viewers] of this.#seen) {
      const streamId = streamIdOf(playbackId);
      if (streamId === undefined) continue;
      const ids = [...viewers];
      for (let from = 0; from < ids.length; from += mostAtOnce) {
        const viewerIds = ids.slice(from, from + mostAtOnce);
        if (size + viewerIds.length > mostAtOnce) {
          reports.push(small);
          small = [];
          size = 0;
        }
        small.push({ streamId, viewerIds });
        size += viewerIds.length;
        if (small.length === 200) size = mostAtOnce;
      }
    }
    this.#told = this.#seen;
    this.#seen = new Map();
    return small.length === 0 ? reports : [...reports, small];
  }
}
