/** Follows all rungs of a live stream as players do, and gathers every fault that their playlists ever have. */

import { mergeDelta } from "./delta-update.ts";
import { describeFaults, type Fault } from "./fault.ts";
import type { MediaPlaylist } from "./media-playlist-reader.ts";
import { edgeOf } from "./media-playlist-rules.ts";
import { playlistChangeFaults } from "./playlist-change-rules.ts";
import type { PlaylistClient } from "./playlist-client.ts";
import { reportFaults, variantFaults } from "./variant-rules.ts";

export class PlaylistWatch {
  readonly #client: PlaylistClient;
  readonly #uris: readonly string[];
  readonly #last = new Map<string, MediaPlaylist>();
  readonly #faults: string[] = [];
  readonly #stopping = new AbortController();
  readonly #work: Promise<void>[];
  /** How often each rung was read, and compared with the time before. */
  looks = 0;
  /** Updates that were merged and compared with the whole. */
  merges = 0;

  private constructor(client: PlaylistClient, uris: readonly string[]) {
    this.#client = client;
    this.#uris = uris;
    this.#work = [...uris.map((uri) => this.#follow(uri)), this.#compare()];
  }

  /** Begins as soon as the master playlist is there. The caller must `finish` it. */
  static async begin(client: PlaylistClient): Promise<PlaylistWatch> {
    const variants = await client.variants();
    return new PlaylistWatch(
      client,
      variants.map(({ uri }) => uri),
    );
  }

  get uris(): readonly string[] {
    return this.#uris;
  }

  last(uri: string): MediaPlaylist | undefined {
    return this.#last.get(uri);
  }

  /** All faults so far; empty when there are none. */
  faults(): string {
    return [...new Set(this.#faults)].slice(0, 20).join("\n");
  }

  /** Whether every rung's newest playlist is so. */
  all(condition: (playlist: MediaPlaylist) => boolean): boolean {
    return this.#uris.every((uri) => {
      const playlist = this.#last.get(uri);
      return playlist !== undefined && condition(playlist);
    });
  }

  async finish(): Promise<string> {
    this.#stopping.abort();
    await Promise.all(this.#work);
    return this.faults();
  }

  /** Each version against the one before: asked for as a player does, waiting for the next part where that is offered. */
  async #follow(uri: string): Promise<void> {
    let inVain = false;
    while (!this.#stopping.signal.aborted) {
      const before = this.#last.get(uri);
      const query = before === undefined ? "" : inVain ? atOnce(before) : nextOf(before);
      // What did not come in time may never come: the next look takes what there is.
      inVain = await this.#attempt(async () => {
        const after = await this.#client.media(uri, query);
        if (before !== undefined) this.#note(uri, playlistChangeFaults(before, after));
        this.#last.set(uri, after);
        this.looks++;
      });
      if (before === undefined || before.serverControl === null || before.ended) await pause(100);
    }
  }

  /** Rungs against each other, reports against what they report on, updates against the whole. */
  async #compare(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#attempt(async () => {
        const before = await this.#readAll();
        const subject = this.#uris[this.looks % this.#uris.length]!;
        const playlist = await this.#client.media(subject, atOnce(before.get(subject)!));
        const after = await this.#readAll();
        this.#note("all", variantFaults([...after.values()]));
        if (playlist.partTarget !== null && !playlist.ended) {
          const others = this.#uris.filter((uri) => uri !== subject);
          const known = others.map(
            (uri) => [uri, { before: before.get(uri)!, after: after.get(uri)! }] as const,
          );
          this.#note(subject, reportFaults(playlist, new Map(known)));
          await this.#compareUpdate(subject, before.get(subject)!);
        }
      });
      await pause(150);
    }
  }

  async #compareUpdate(uri: string, known: MediaPlaylist): Promise<void> {
    const update = await this.#client.media(uri, `${atOnce(known)}&_HLS_skip=YES`);
    const whole = await this.#client.media(uri, atOnce(known));
    // Something was published between the two: the next look will tell.
    if (update.skipped === null || stateOf(update) !== stateOf(whole)) return;
    const merged = mergeDelta(known, update);
    if (merged === null) return;
    this.merges++;
    const bare = (segments: MediaPlaylist["segments"]) => segments.map(({ parts: _, ...segment }) => segment);
    const same =
      merged.mediaSequence === whole.mediaSequence &&
      JSON.stringify(bare(merged.segments)) === JSON.stringify(bare(whole.segments)) &&
      JSON.stringify(merged.open) === JSON.stringify(whole.open);
    if (!same)
      this.#faults.push(
        `§6.2.5.1: ${uri}: the update does not make the whole:\n${update.text}\n${whole.text}`,
      );
  }

  /** Past nginx's cache, which may be a second old: a segment that is there is waited for in vain. */
  async #readAll(): Promise<Map<string, MediaPlaylist>> {
    const read = this.#uris.map(
      async (uri) =>
        [uri, await this.#client.media(uri, `?_HLS_msn=${this.#last.get(uri)?.mediaSequence ?? 0}`)] as const,
    );
    return new Map(await Promise.all(read));
  }

  #note(where: string, faults: readonly Fault[]): void {
    if (faults.length > 0) this.#faults.push(`${where}: ${describeFaults(faults)}`);
  }

  /** True when it failed. What breaks a rule is thrown by the client. A stream that waits for its encoder answers 503, which is none. */
  async #attempt(look: () => Promise<void>): Promise<boolean> {
    try {
      await look();
      return false;
    } catch (error) {
      const said = String(error);
      if (!/ answered 503/.test(said)) this.#faults.push(said);
      return true;
    }
  }
}

function stateOf(playlist: MediaPlaylist): string {
  return JSON.stringify([edgeOf(playlist), playlist.segments.at(-1)?.sequence, playlist.mediaSequence]);
}

/** What a player asks for after this one (RFC 8216bis §6.3.7). */
function nextOf(playlist: MediaPlaylist): string {
  if (playlist.ended) return atOnce(playlist);
  if (playlist.serverControl === null) return "";
  const { sequence } = edgeOf(playlist);
  const open = playlist.open?.parts.length ?? 0;
  return open > 0 ? `?_HLS_msn=${sequence}&_HLS_part=${open}` : `?_HLS_msn=${sequence + 1}&_HLS_part=0`;
}

/** Directives that the playlist fulfils already: past nginx's cache, where an older version may stand for a second. */
function atOnce(playlist: MediaPlaylist): string {
  return `?_HLS_msn=${playlist.mediaSequence}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
