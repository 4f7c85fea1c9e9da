/** What the encoder sends, from nginx-rtmp, for all relays of one stream; apart from the ladder, which has its own. */
import type { Log } from "../../edge/protocol/log.ts";
import { parseAudioTag, parseVideoTag } from "../ingest/flv-tag.ts";
import { messageTypes, type RtmpMessage } from "../ingest/rtmp-chunk-reader.ts";
import { RtmpPlayer } from "../ingest/rtmp-player.ts";

/** With a longer group of pictures a destination begins with the next one. */
const mostKeptBytes = 8 * 1024 * 1024;

export class RelaySource {
  readonly #player: RtmpPlayer;
  readonly #listeners = new Set<(messages: readonly RtmpMessage[]) => void>();
  /** What came in one read, for one write a relay. */
  #burst: RtmpMessage[] = [];
  #metadata: RtmpMessage | null = null;
  #videoHeader: RtmpMessage | null = null;
  #audioHeader: RtmpMessage | null = null;
  /** Everything since the last keyframe; null while it is not known, or too much. */
  #group: RtmpMessage[] | null = null;
  #groupBytes = 0;
  #connection = new AbortController();
  #waiters: (() => void)[] = [];
  #receiving = false;

  /** `url` is the stream's on the local nginx-rtmp. It is played until `stop`. */
  constructor(url: string, log: Log) {
    this.#player = new RtmpPlayer(url, log, {
      onMedia: (message) => this.#take(message),
      onSourceEnd: () => this.#end(),
    });
    void this.#player.attach();
  }

  get receiving(): boolean {
    return this.#receiving;
  }
  get hasVideo(): boolean {
    return this.#videoHeader !== null;
  }
  /** Fires when the encoder's present connection ends. */
  get ended(): AbortSignal {
    return this.#connection.signal;
  }

  /** Resolves when the encoder sends, or when `cancel` fires. */
  begun(cancel: AbortSignal): Promise<void> {
    if (this.#receiving || cancel.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel.removeEventListener("abort", done);
        resolve();
      };
      this.#waiters.push(done);
      cancel.addEventListener("abort", done);
    });
  }

  /** What a decoder needs first, then everything since the last keyframe, then what comes. The answer ends it. */
  listen(listener: (messages: readonly RtmpMessage[]) => void): () => void {
    // What is still to be told is among what is kept.
    this.#flush();
    const headers = [this.#metadata, this.#videoHeader, this.#audioHeader].filter(
      (header) => header !== null,
    );
    listener([...headers, ...(this.#group ?? [])]);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    this.#player.stop();
    this.#end();
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  #take(message: RtmpMessage): void {
    if (this.#keepHeader(message)) {
      this.#tell(message);
      return;
    }
    if (message.typeId === messageTypes.data) return;
    if (!this.#receiving) {
      this.#receiving = true;
      for (const waiter of this.#waiters.splice(0)) waiter();
    }
    this.#keep(message);
    this.#tell(message);
  }

  #tell(message: RtmpMessage): void {
    if (this.#burst.push(message) === 1) process.nextTick(() => this.#flush());
  }

  #flush(): void {
    const burst = this.#burst;
    this.#burst = [];
    if (burst.length > 0) for (const listener of this.#listeners) listener(burst);
  }

  #keepHeader(message: RtmpMessage): boolean {
    if (message.typeId === messageTypes.data) {
      // `onMetaData` as a string, alone of all that encoders say beside the pictures.
      if (!message.body.subarray(0, 32).includes("onMetaData")) return false;
      this.#metadata = message;
      return true;
    }
    if (message.typeId === messageTypes.video && parseVideoTag(message.body)?.packetType === 0) {
      this.#videoHeader = message;
      return true;
    }
    if (message.typeId === messageTypes.audio && parseAudioTag(message.body)?.packetType === 0) {
      this.#audioHeader = message;
      return true;
    }
    return false;
  }

  #keep(message: RtmpMessage): void {
    if (isKeyframe(message)) {
      this.#group = [];
      this.#groupBytes = 0;
    }
    if (this.#group === null) return;
    this.#group.push(message);
    this.#groupBytes += message.body.length;
    if (this.#groupBytes > mostKeptBytes) this.#group = null;
  }

  #end(): void {
    this.#flush();
    this.#receiving = false;
    this.#metadata = this.#videoHeader = this.#audioHeader = this.#group = null;
    const former = this.#connection;
    this.#connection = new AbortController();
    former.abort();
  }
}

export function isKeyframe(message: RtmpMessage): boolean {
  if (message.typeId !== messageTypes.video) return false;
  const tag = parseVideoTag(message.body);
  return tag?.keyframe === true && tag.packetType !== 0;
}
