/** Fetches playlists of a running Rostrum as a strict player, and judges each by itself. */
import { describeFaults } from "./fault.ts";
import { readMasterPlaylist, type Variant } from "./master-playlist-rules.ts";
import { type MediaPlaylist, readMediaPlaylist } from "./media-playlist-reader.ts";
import { mediaPlaylistFaults } from "./media-playlist-rules.ts";

export class PlaylistClient {
  readonly masterUrl: string;

  constructor(masterUrl: string) {
    this.masterUrl = masterUrl;
  }

  async variants(): Promise<Variant[]> {
    const { variants, faults } = readMasterPlaylist(await this.#text(this.masterUrl));
    if (faults.length > 0) throw new Error(describeFaults(faults));
    return variants;
  }

  /** Throws when it breaks a rule. `query` are delivery directives. */
  async media(uri: string, query = ""): Promise<MediaPlaylist> {
    const text = await this.#text(new URL(`${uri}${query}`, this.masterUrl).href);
    const faults = mediaPlaylistFaults(text);
    if (faults.length > 0)
      throw new PlaylistBreaksRules(`${uri}${query}:\n${describeFaults(faults)}\n${text}`);
    return readMediaPlaylist(text).playlist;
  }

  status(uri: string, query: string): Promise<number> {
    return fetch(new URL(`${uri}${query}`, this.masterUrl)).then(async (response) => {
      await response.arrayBuffer();
      return response.status;
    });
  }

  /** Of a path that a playlist names. */
  async bytes(path: string): Promise<Buffer> {
    const response = await fetch(new URL(path, this.masterUrl));
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  async #text(url: string): Promise<string> {
    const response = await fetch(url);
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
    return text;
  }
}

class PlaylistBreaksRules extends Error {}
