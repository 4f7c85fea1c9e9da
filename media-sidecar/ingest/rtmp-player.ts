/** Plays one stream of the local nginx-rtmp for as long as it is wanted, over lost publishers and lost servers. */
import { describeError, type Log } from "../../edge/protocol/log.ts";
import { isAmfObject } from "./amf0.ts";
import { parseRtmpUrl } from "./rtmp-address.ts";
import type { RtmpMessage } from "./rtmp-chunk-reader.ts";
import { RtmpConnection } from "./rtmp-connection.ts";

export interface RtmpPlayerHandlers {
  onMedia(message: RtmpMessage): void;
  /** The publisher left (StreamEOF), or the server did: what follows belongs to a new publish. */
  onSourceEnd(): void;
}

const userControlStreamEof = 1;
const firstRetryMs = 100;
const lastRetryMs = 2000;

export class RtmpPlayer {
  readonly #url: string;
  readonly #log: Log;
  readonly #handlers: RtmpPlayerHandlers;
  #connection: RtmpConnection | null = null;
  #stopped = false;
  #started = false;
  #playing = false;
  #waiters: (() => void)[] = [];
  #wake: (() => void) | null = null;

  constructor(url: string, log: Log, handlers: RtmpPlayerHandlers) {
    this.#url = url;
    this.#log = log;
    this.#handlers = handlers;
  }

  /** Resolves when the server has said that this player is attached; waits for as long as that takes. */
  attach(): Promise<void> {
    if (!this.#started) {
      this.#started = true;
      void this.#run();
    }
    if (this.#playing) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  stop(): void {
    this.#stopped = true;
    this.#connection?.close();
    this.#wake?.();
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  async #run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!this.#stopped) {
      try {
        await this.#play(() => {
          retryMs = firstRetryMs;
        });
      } catch (error) {
        // A server that is away has a code; anything else is a broken protocol, ours or the server's.
        const away = error instanceof Error && "code" in error && typeof error.code === "string";
        this.#log[away ? "debug" : "warn"]("ingest.lost", describeError(error));
      }
      if (this.#stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, retryMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      retryMs = Math.min(lastRetryMs, retryMs * 2);
    }
  }

  /** One connection, from its beginning to its end. */
  async #play(onAttached: () => void): Promise<void> {
    const address = parseRtmpUrl(this.#url);
    let closed: (error: Error | null) => void = () => {};
    const end = new Promise<Error | null>((resolve) => {
      closed = resolve;
    });
    const connection = await RtmpConnection.open(address, {
      onMedia: (message) => this.#handlers.onMedia(message),
      onUserControl: (event) => {
        if (event === userControlStreamEof) this.#handlers.onSourceEnd();
      },
      onCommand: (name, values) => {
        if (name !== "onStatus") return;
        const status = values.find(isAmfObject);
        if (status?.code === "NetStream.Play.Start") {
          onAttached();
          this.#playing = true;
          for (const waiter of this.#waiters.splice(0)) waiter();
        } else if (status?.level === "error") {
          closed(new Error(`play was refused: ${String(status.code)}`));
        }
      },
      onClose: (error) => closed(error),
    });
    this.#connection = connection;
    try {
      if (this.#stopped) return;
      const streamId = await connection.createStream();
      connection.notify(streamId, "play", null, address.streamName, -2);
      const error = await end;
      if (error !== null) throw error;
    } finally {
      const wasPlaying = this.#playing;
      this.#playing = false;
      this.#connection = null;
      connection.close();
      if (wasPlaying && !this.#stopped) this.#handlers.onSourceEnd();
    }
  }
}
