import type { RunClock } from "./run-clock.ts";
import type { ViewerNetwork } from "./viewer-network.ts";

/** Players read it once a segment. */
const everySeconds = 3;

/** A player of which nothing is heard but that it fetches playlists. */
export class PlaylistReader {
  readonly #network: ViewerNetwork;
  readonly #clock: RunClock;
  #stopped = false;

  constructor(network: ViewerNetwork, clock: RunClock) {
    this.#network = network;
    this.#clock = clock;
  }

  /** `masterUrl` answers the master playlist's address. Resolves when the first playlist was there. */
  async read(masterUrl: string): Promise<void> {
    let first: () => void = () => {};
    const opened = new Promise<void>((resolve) => {
      first = resolve;
    });
    void this.#readOn(masterUrl, first);
    return opened;
  }

  stop(): void {
    this.#stopped = true;
  }

  async #readOn(masterUrl: string, first: () => void): Promise<void> {
    let mediaUrl: string | null = null;
    while (!this.#stopped) {
      const answer = await this.#network.ask({ url: mediaUrl ?? masterUrl });
      if (answer?.status === 200 && mediaUrl === null) {
        const line = answer.text.split("\n").find((text) => text !== "" && !text.startsWith("#"));
        mediaUrl = new URL(line!, masterUrl).href;
        continue;
      }
      if (answer?.status === 200) first();
      await this.#clock.until(this.#clock.now() + everySeconds);
    }
  }
}
