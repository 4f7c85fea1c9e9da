/** A player without a picture: reads playlists and segments as one does, and keeps the time it would have shown. */
import { fetchMaster, fetchMedia, type MediaPlaylist } from "./hls.ts";
import { PlaybackBuffer } from "./playback-buffer.ts";

export interface SimulatedViewerOptions {
  /** A new playback URL, as the API answers it. */
  playbackUrl(): Promise<string>;
  /** Which rung, the top one being 0; the lowest where there are fewer. */
  rung: number;
}

/** Where players begin, from the newest segment. */
const segmentsBehind = 3;
const pauseMs = 500;
/** A player tries this long before it gives up. */
const patienceSeconds = 20;

export class SimulatedViewer {
  readonly buffer = new PlaybackBuffer();
  /** Why it would have left: what no player overcomes, or not for long. */
  fellOff: string | null = null;
  segments = 0;
  renewals = 0;
  readonly #options: SimulatedViewerOptions;
  #url = "";
  #newest = -1;
  #running = true;
  #failingSince: number | null = null;
  #life: Promise<void> = Promise.resolve();

  constructor(options: SimulatedViewerOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#life = this.#live();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#life;
  }

  async #live(): Promise<void> {
    while (this.#running && this.fellOff === null) {
      try {
        if (this.#url === "") await this.#load();
        await this.#read(await fetchMedia(this.#url));
        this.#failingSince = null;
      } catch (error) {
        this.#failed(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #load(): Promise<void> {
    const { variants } = await fetchMaster(await this.#options.playbackUrl());
    this.#url = (variants[this.#options.rung] ?? variants.at(-1))!.url;
  }

  async #read({ mediaSequence, segments, ended }: MediaPlaylist): Promise<void> {
    const next = mediaSequence + segments.length;
    if (ended) this.fellOff = "the playlist has ended";
    else if (next <= this.#newest) this.fellOff = `the playlist went back to ${next} from ${this.#newest}`;
    else if (this.#newest >= 0 && mediaSequence > this.#newest + 1) this.fellOff = "it was left behind";
    const from = this.#newest < 0 ? Math.max(0, segments.length - segmentsBehind) : 0;
    let map: string | null = null;
    for (const [index, segment] of segments.entries()) {
      const sequence = mediaSequence + index;
      if (index < from || sequence <= this.#newest || this.fellOff !== null) continue;
      if (segment.map !== map && segment.map !== null) await drain(segment.map);
      map = segment.map;
      await drain(segment.url);
      this.buffer.add(segment.duration, performance.now() / 1000);
      this.#newest = sequence;
      this.segments++;
    }
  }

  #failed(error: string): void {
    if (/answered 401/.test(error)) {
      this.#url = "";
      this.renewals++;
    }
    this.#failingSince ??= performance.now();
    if (performance.now() - this.#failingSince > patienceSeconds * 1000) this.fellOff = error;
  }
}

async function drain(url: string): Promise<void> {
  const response = await fetch(url);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
