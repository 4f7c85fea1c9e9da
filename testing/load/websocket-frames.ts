/** The client's side of RFC 6455, as much of it as a load generator needs and as cheap as it can be. */

export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/**
 * One frame to a server (section 5.2). Clients must mask; a mask of zeros is one too, and leaves the payload as it is.
 * Payloads up to 64 KiB.
 */
export function clientFrame(payload: string | Buffer, opcode: number = opcodes.text): Buffer {
  const length = Buffer.byteLength(payload);
  if (length > 0xffff) throw new RangeError(`a payload of ${length} bytes is more than a client says here`);
  const headerLength = length < 126 ? 6 : 8;
  const frame = Buffer.alloc(headerLength + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (length < 126 ? length : 126);
  if (length >= 126) frame.writeUInt16BE(length, 2);
  if (typeof payload === "string") frame.write(payload, headerLength);
  else payload.copy(frame, headerLength);
  return frame;
}

/** Cuts a server's bytes, in whatever pieces they come, into frames. */
export class FrameReader {
  #rest: Buffer | null = null;
  readonly #took: (opcode: number, payload: Buffer) => void;

  /** The payload is only good during the call. */
  constructor(took: (opcode: number, payload: Buffer) => void) {
    this.#took = took;
  }

  /** `chunk` is not kept. Throws where a frame is masked or in fragments, which no server here sends. */
  push(chunk: Buffer): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = null;
    let at = 0;
    for (;;) {
      const left = bytes.length - at;
      if (left < 2) break;
      const [first, second] = [bytes[at]!, bytes[at + 1]!];
      if ((first & 0x80) === 0 || (second & 0x80) !== 0) {
        throw new Error(`a frame begins with ${first} ${second}: masked, or in fragments`);
      }
      const headerLength = second < 126 ? 2 : second === 126 ? 4 : 10;
      if (left < headerLength) break;
      const length =
        second < 126
          ? second
          : second === 126
            ? bytes.readUInt16BE(at + 2)
            : Number(bytes.readBigUInt64BE(at + 2));
      if (left < headerLength + length) break;
      const begin = at + headerLength;
      at = begin + length;
      this.#took(first & 0x0f, bytes.subarray(begin, at));
    }
    // Copied: the chunk's memory is the next read's.
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }
}
