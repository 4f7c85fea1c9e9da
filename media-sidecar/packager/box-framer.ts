/** Cuts a byte stream into the top-level boxes of an MP4 file (ISO/IEC 14496-12 §4.2), without copying payload. */

export interface Box {
  readonly type: string;
  /** The whole box, header included, in the pieces it arrived in. */
  readonly pieces: readonly Buffer[];
  readonly size: number;
}

const headerBytes = 8;
const largeHeaderBytes = 16;
/** Far above a second of the fastest stream: more than this is no box but a lost place in the stream. */
const largestBox = 256 * 1024 * 1024;

/** Throws RangeError from `push` when what arrives cannot be boxes. */
export class BoxFramer {
  readonly #onBox: (box: Box) => void;
  #pieces: Buffer[] = [];
  #held = 0;
  /** Size and type once the header is whole. */
  #box: { size: number; type: string } | null = null;

  constructor(onBox: (box: Box) => void) {
    this.#onBox = onBox;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const wanted = this.#box === null ? this.#headerNeed() : this.#box.size - this.#held;
      const piece = rest.length <= wanted ? rest : rest.subarray(0, wanted);
      rest = rest.subarray(piece.length);
      this.#pieces.push(piece);
      this.#held += piece.length;
      this.#box ??= this.#readHeader();
      if (this.#box !== null && this.#held === this.#box.size) {
        const box = { type: this.#box.type, pieces: this.#pieces, size: this.#held };
        this.#pieces = [];
        this.#held = 0;
        this.#box = null;
        this.#onBox(box);
      }
    }
  }

  /** True when nothing of a box is left over: the stream ended between boxes. */
  get empty(): boolean {
    return this.#held === 0;
  }

  #headerNeed(): number {
    return (this.#held < headerBytes ? headerBytes : largeHeaderBytes) - this.#held;
  }

  #readHeader(): { size: number; type: string } | null {
    if (this.#held < headerBytes) return null;
    const header = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    const type = header.toString("latin1", 4, 8);
    let size = header.readUInt32BE(0);
    if (size === 1) {
      if (this.#held < largeHeaderBytes) return null;
      size = Number(header.readBigUInt64BE(8));
    }
    if (size < headerBytes || size > largestBox || size < this.#held)
      throw new RangeError(`a box of ${size} bytes cannot be`);
    return { size, type };
  }
}

export interface ChildBox {
  readonly type: string;
  /** Without its header. */
  readonly body: Buffer;
}

/** The boxes inside `body`. Throws RangeError when one reaches outside it. */
export function* childBoxes(body: Buffer): Generator<ChildBox> {
  let at = 0;
  while (at + headerBytes <= body.length) {
    const size = body.readUInt32BE(at);
    if (size < headerBytes || at + size > body.length)
      throw new RangeError("a box reaches outside its parent");
    yield { type: body.toString("latin1", at + 4, at + 8), body: body.subarray(at + headerBytes, at + size) };
    at += size;
  }
}

/** The first box at a path of types, such as `mdia`, `mdhd`; null when there is none. */
export function findBox(body: Buffer, ...path: string[]): Buffer | null {
  let current: Buffer | null = body;
  for (const type of path) {
    let found: Buffer | null = null;
    for (const box of childBoxes(current)) {
      if (box.type !== type) continue;
      found = box.body;
      break;
    }
    if (found === null) return null;
    current = found;
  }
  return current;
}
