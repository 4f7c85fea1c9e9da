import type { MediaPlaylist } from "../../testing/support/hls.ts";

/** Reads as a player does: the playlist again and again, each new segment once; a refused token is renewed. */
export class CarefulPlayer {
  readonly faults: string[] = [];
  played = 0;
  renewals = 0;
  readonly #media: (token: string) => Promise<MediaPlaylist>;
  readonly #renew: () => Promise<string>;
  #token = "";
  #newest = -1;
  #running = true;
  #loop: Promise<void> = Promise.resolve();

  constructor(media: (token: string) => Promise<MediaPlaylist>, renew: () => Promise<string>) {
    this.#media = media;
    this.#renew = renew;
  }

  async begin(): Promise<void> {
    this.#token = await this.#renew();
    this.#loop = this.#play();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }

  async #play(): Promise<void> {
    while (this.#running) {
      try {
        await this.#fetchNew();
      } catch (error) {
        if (/answered 401/.test(String(error))) {
          this.#token = await this.#renew();
          this.renewals++;
          continue;
        }
        this.faults.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  async #fetchNew(): Promise<void> {
    const { mediaSequence, segments } = await this.#media(this.#token);
    for (const [index, segment] of segments.entries()) {
      const sequence = mediaSequence + index;
      if (sequence <= this.#newest) continue;
      if (this.#newest >= 0 && sequence > this.#newest + 1) this.faults.push(`a gap before ${sequence}`);
      for (const url of [segment.map!, segment.url]) {
        const { status } = await fetch(url);
        if (status !== 200) this.faults.push(`${url} ${status}`);
      }
      this.#newest = sequence;
      this.played++;
    }
  }
}
