import type { BroadcastSettings } from "./broadcast-settings.ts";

export type { BroadcastReport, BroadcastSettings } from "./broadcast-settings.ts";

/**
 * One broadcast of one stream, from the first publish to `#EXT-X-ENDLIST`: pulls it from nginx-rtmp, makes the
 * ladder, keeps segments on disk and playlists in memory. A publisher that returns goes on in the same broadcast.
 */
export class Broadcast {
  /** The unguessable directory of this broadcast's segments under `<mediaDirectory>/segments`. */
  readonly segmentPrefix: string = "";
  readonly #settings: BroadcastSettings;

  constructor(settings: BroadcastSettings) {
    this.#settings = settings;
  }

  /** From the journal on disk after a sidecar restart; null when nothing usable is there. */
  static async resume(_settings: BroadcastSettings): Promise<Broadcast | null> {
    return null;
  }

  /** Resolves when the player is attached and waits, so that on_publish may be answered. Idempotent. */
  async attach(): Promise<void> {
    throw new Error(`not yet: ${this.#settings.broadcastId}`);
  }

  /** The publisher has left: what it sent is published to the last frame; the playlists stay open. */
  publisherGone(): void {}

  /** Ends the broadcast: every playlist gets `#EXT-X-ENDLIST`. */
  async end(): Promise<void> {}

  /** Deletes the segments and the journal. */
  async remove(): Promise<void> {}

  /** The sidecar stops: FFmpeg is closed cleanly, files and journal stay for `resume`. */
  async stop(): Promise<void> {}

  /** Null until every rung has a segment. */
  masterPlaylist(): string | null {
    return null;
  }

  /** `slot` is `v0` (the top rung), `v1` …; null when there is no such slot. */
  mediaPlaylist(_slot: string): string | null {
    return null;
  }
}
