/** A publisher made by hand, for sources that FFmpeg does not send. */
import { flvTagFrame } from "./flv-tag.ts";
import { parseRtmpUrl } from "./rtmp-address.ts";
import { messageTypes } from "./rtmp-chunk-reader.ts";
import { RtmpConnection } from "./rtmp-connection.ts";

export interface FlvTag {
  readonly typeId: number;
  readonly timestampMs: number;
  readonly body: Buffer;
}

/** The tags of an FLV file. */
export function readFlv(file: Buffer): FlvTag[] {
  const tags: FlvTag[] = [];
  const [emptyFrame] = flvTagFrame(9, 0, 0);
  let at = 13;
  while (at + emptyFrame.length <= file.length) {
    const length = file.readUIntBE(at + 1, 3);
    const timestampMs = file.readUIntBE(at + 4, 3) + file[at + 7]! * 2 ** 24;
    const start = at + emptyFrame.length;
    tags.push({ typeId: file[at]!, timestampMs, body: file.subarray(start, start + length) });
    at = start + length + 4;
  }
  return tags;
}

export class TestPublisher {
  closed = false;
  readonly #connection: RtmpConnection;
  readonly #streamId: number;

  private constructor(connection: RtmpConnection, streamId: number) {
    this.#connection = connection;
    this.#streamId = streamId;
  }

  static async publish(url: string): Promise<TestPublisher> {
    const address = parseRtmpUrl(url);
    let publisher: TestPublisher | null = null;
    let started: () => void = () => {};
    let refused: (error: Error) => void = () => {};
    const start = new Promise<void>((resolve, reject) => {
      started = resolve;
      refused = reject;
    });
    // It may be refused before anybody waits for it.
    start.catch(() => {});
    const connection = await RtmpConnection.open(address, {
      onMedia: () => {},
      onUserControl: () => {},
      onCommand: (name) => {
        if (name === "onStatus") started();
      },
      onClose: () => {
        refused(new Error("closed before it could publish"));
        if (publisher !== null) publisher.closed = true;
      },
    });
    const streamId = await connection.createStream();
    publisher = new TestPublisher(connection, streamId);
    connection.notify(streamId, "publish", null, address.streamName, "live");
    await start;
    return publisher;
  }

  send(typeId: number, timestampMs: number, body: Buffer): void {
    this.#connection.send({ typeId, streamId: this.#streamId, timestampMs, body });
  }

  /** All at once, or at the pace of their times when `paced`; an encoder with a strange clock sends them as `clock` says. */
  async sendAll(
    tags: readonly FlvTag[],
    paced = false,
    clock: (timestampMs: number) => number = (timestampMs) => timestampMs,
  ): Promise<void> {
    const begun = Date.now();
    const first = tags[0]?.timestampMs ?? 0;
    for (const tag of tags) {
      const wait = tag.timestampMs - first - (Date.now() - begun);
      if (paced && wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      if (tag.typeId === messageTypes.data) continue;
      this.send(tag.typeId, clock(tag.timestampMs), tag.body);
      await this.#connection.drained();
    }
  }

  close(): void {
    this.#connection.close();
  }
}
