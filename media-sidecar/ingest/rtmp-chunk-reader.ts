/** RTMP's chunk stream, read side (Adobe, RTMP 1.0, §5.3 and §5.4). */

export interface RtmpMessage {
  readonly typeId: number;
  readonly streamId: number;
  /** Milliseconds, 32 bits, wraps. */
  readonly timestampMs: number;
  readonly body: Buffer;
}

export const messageTypes = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAcknowledgementSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  data: 18,
  command: 20,
} as const;

interface ChunkStream {
  timestamp: number;
  delta: number;
  length: number;
  typeId: number;
  streamId: number;
  extended: boolean;
  body: Buffer | null;
  filled: number;
}

/** Basic header 3, message header 11, extended timestamp 4. */
const maxHeaderBytes = 18;
const extendedMark = 0xffffff;

/** What a peer may make us keep: its messages are as large as it says, in as many chunk streams as it begins. */
export interface ChunkLimits {
  readonly messageBytes: number;
  readonly chunkStreams: number;
}
const noLimits: ChunkLimits = { messageBytes: 0xffffff, chunkStreams: 65_600 };

/**
 * Turns bytes, cut anywhere, into messages. Payload is copied once, into the message it belongs to.
 * Set Chunk Size and Abort are obeyed here and not passed on. Throws RangeError when the peer breaks the protocol, or its
 * limits.
 */
export class RtmpChunkReader {
  readonly #onMessage: (message: RtmpMessage) => void;
  readonly #limits: ChunkLimits;
  readonly #streams = new Map<number, ChunkStream>();
  readonly #header = Buffer.alloc(maxHeaderBytes);
  #headerBytes = 0;
  #chunkSize = 128;
  #current: ChunkStream | null = null;
  /** Payload bytes that the current chunk still brings. */
  #chunkLeft = 0;

  constructor(onMessage: (message: RtmpMessage) => void, limits: ChunkLimits = noLimits) {
    this.#onMessage = onMessage;
    this.#limits = limits;
  }

  push(data: Buffer): void {
    let at = 0;
    while (at < data.length) {
      if (this.#current === null) {
        at += this.#readHeader(data, at);
      } else {
        at += this.#readPayload(this.#current, data, at);
      }
    }
  }

  /** Answers the bytes consumed; a header that is not whole yet waits in `#header`. */
  #readHeader(data: Buffer, at: number): number {
    const kept = this.#headerBytes;
    const copied = data.copy(this.#header, kept, at, Math.min(data.length, at + maxHeaderBytes - kept));
    const size = this.#parseHeader(kept + copied);
    if (size === 0) {
      this.#headerBytes = kept + copied;
      return copied;
    }
    this.#headerBytes = 0;
    return size - kept;
  }

  /** The header's size, or 0 when `available` bytes are not enough. */
  #parseHeader(available: number): number {
    const header = this.#header;
    const first = header[0]!;
    const format = first >> 6;
    const low = first & 0x3f;
    const basic = low === 0 ? 2 : low === 1 ? 3 : 1;
    const messageHeader = format === 0 ? 11 : format === 1 ? 7 : format === 2 ? 3 : 0;
    if (available < basic + messageHeader) return 0;
    const id = low === 0 ? header[1]! + 64 : low === 1 ? header[1]! + header[2]! * 256 + 64 : low;
    const known = this.#streams.get(id);
    if (known === undefined && format !== 0 && format !== 1)
      throw new RangeError(`chunk stream ${id} begins without a message header`);
    const stream = known ?? emptyStream();
    const field = format === 3 ? 0 : header.readUIntBE(basic, 3);
    const extended = format === 3 ? stream.extended : field === extendedMark;
    const size = basic + messageHeader + (extended ? 4 : 0);
    if (available < size) return 0;
    const time = extended ? header.readUInt32BE(basic + messageHeader) : field;
    const continues = stream.body !== null;
    if (format !== 3) {
      stream.extended = extended;
      if (format === 0) {
        stream.streamId = header.readUInt32LE(basic + 7);
        stream.timestamp = time;
        stream.delta = 0;
      } else {
        stream.delta = time;
      }
      if (format <= 1) {
        stream.length = header.readUIntBE(basic + 3, 3);
        stream.typeId = header[basic + 6]!;
      }
    }
    if (!continues) {
      stream.timestamp = (stream.timestamp + stream.delta) >>> 0;
      if (stream.length > this.#limits.messageBytes) throw new RangeError("a message is too large");
      stream.body = Buffer.allocUnsafe(stream.length);
      stream.filled = 0;
    } else if (format !== 3) {
      throw new RangeError(`chunk stream ${id} begins a message inside another`);
    }
    this.#streams.set(id, stream);
    if (this.#streams.size > this.#limits.chunkStreams) throw new RangeError("too many chunk streams");
    this.#current = stream;
    this.#chunkLeft = Math.min(this.#chunkSize, stream.length - stream.filled);
    if (stream.length === 0) this.#finish(stream);
    return size;
  }

  #readPayload(stream: ChunkStream, data: Buffer, at: number): number {
    const count = Math.min(this.#chunkLeft, data.length - at);
    data.copy(stream.body!, stream.filled, at, at + count);
    stream.filled += count;
    this.#chunkLeft -= count;
    if (stream.filled === stream.length) this.#finish(stream);
    else if (this.#chunkLeft === 0) this.#current = null;
    return count;
  }

  #finish(stream: ChunkStream): void {
    const body = stream.body!;
    stream.body = null;
    this.#current = null;
    if (stream.typeId === messageTypes.setChunkSize) {
      const size = body.readUInt32BE(0) & 0x7fffffff;
      if (size === 0) throw new RangeError("chunk size 0");
      this.#chunkSize = Math.min(size, extendedMark);
    } else if (stream.typeId === messageTypes.abort) {
      const aborted = this.#streams.get(body.readUInt32BE(0));
      if (aborted !== undefined) aborted.body = null;
    } else {
      this.#onMessage({
        typeId: stream.typeId,
        streamId: stream.streamId,
        timestampMs: stream.timestamp,
        body,
      });
    }
  }
}

function emptyStream(): ChunkStream {
  return {
    timestamp: 0,
    delta: 0,
    length: 0,
    typeId: 0,
    streamId: 0,
    extended: false,
    body: null,
    filled: 0,
  };
}
