/** Playlists of a timeline as they are sent, kept until the next change: many ask between two changes. */
import type { PlaylistEdge } from "./delivery-directives.ts";
import { renderMasterPlaylist } from "./master-playlist.ts";
import {
  type MediaPlaylistOptions,
  openParts,
  partsOfSegment,
  renderMediaPlaylist,
} from "./media-playlist.ts";
import type { PublishedTimeline } from "./published-timeline.ts";

export class PlaylistRenderings {
  readonly #partTargetSeconds: number | null;
  readonly #kept = new Map<string, Buffer>();

  constructor(partTargetSeconds: number | null) {
    this.#partTargetSeconds = partTargetSeconds;
  }

  /** Something that playlists say is different now. */
  changed(): void {
    this.#kept.clear();
  }

  master(timeline: PublishedTimeline): Buffer {
    return this.#keep("master", () => renderMasterPlaylist(timeline));
  }

  /** Null when there is no such slot. */
  media(
    timeline: PublishedTimeline,
    slot: string,
    options: Omit<MediaPlaylistOptions, "partTargetSeconds">,
  ): Buffer | null {
    const index = slotIndex(timeline, slot);
    if (index === null) return null;
    const partTargetSeconds = this.#partTargetSeconds;
    const skip = options.skip && partTargetSeconds !== null;
    return this.#keep(skip ? `${slot} from the skip boundary` : slot, () =>
      renderMediaPlaylist(timeline, index, { ...options, skip, partTargetSeconds }),
    );
  }

  /** The live end of a slot; null where nobody can wait for it: no such slot, no parts, or it has ended. */
  edge(timeline: PublishedTimeline, slot: string): PlaylistEdge | null {
    const index = slotIndex(timeline, slot);
    if (index === null || timeline.ended || this.#partTargetSeconds === null) return null;
    return {
      lastSequence: timeline.nextSequence - 1,
      openParts: openParts(timeline, index),
      partTargetSeconds: this.#partTargetSeconds,
      partsOf: (sequence) => {
        const segment = timeline.segments.findLast((each) => each.sequence === sequence);
        return segment === undefined ? null : partsOfSegment(timeline, index, segment) || null;
      },
    };
  }

  #keep(name: string, render: () => string): Buffer {
    let text = this.#kept.get(name);
    if (text === undefined) {
      text = Buffer.from(render());
      this.#kept.set(name, text);
    }
    return text;
  }
}

/** `v0` is the top slot. */
function slotIndex(timeline: PublishedTimeline, slot: string): number | null {
  const index = /^v(0|[1-9]\d?)$/.exec(slot)?.[1];
  return index === undefined || Number(index) >= timeline.slots.length ? null : Number(index);
}
