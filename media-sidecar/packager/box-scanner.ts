/** Finds the top-level boxes of a file, without reading payload. */
import type { FileHandle } from "node:fs/promises";

export interface PlacedBox {
  readonly type: string;
  readonly at: number;
  readonly headerBytes: number;
  readonly bytes: number;
}

const headerBytes = 8;
const largeHeaderBytes = 16;

/** Whole boxes up to where the file ends or what stands there is none. */
export async function scanBoxes(file: FileHandle): Promise<PlacedBox[]> {
  const { size } = await file.stat();
  const header = Buffer.alloc(largeHeaderBytes);
  const boxes: PlacedBox[] = [];
  let at = 0;
  while (at + headerBytes <= size) {
    const { bytesRead } = await file.read(header, 0, largeHeaderBytes, at);
    const large = header.readUInt32BE(0) === 1;
    if (large && bytesRead < largeHeaderBytes) break;
    const bytes = large ? Number(header.readBigUInt64BE(8)) : header.readUInt32BE(0);
    const own = large ? largeHeaderBytes : headerBytes;
    if (bytes < own || at + bytes > size) break;
    boxes.push({ type: header.toString("latin1", 4, 8), at, headerBytes: own, bytes });
    at += bytes;
  }
  return boxes;
}

/** A box without its header. */
export async function readBody(file: FileHandle, box: PlacedBox): Promise<Buffer> {
  const body = Buffer.alloc(box.bytes - box.headerBytes);
  const { bytesRead } = await file.read(body, 0, body.length, box.at + box.headerBytes);
  if (bytesRead < body.length) throw new Error("a file became shorter while it was read");
  return body;
}

/** How far a segment file can be played: behind its last whole `mdat`. */
export function playableBytes(boxes: readonly PlacedBox[]): number {
  const last = boxes.findLast(({ type }) => type === "mdat");
  return last === undefined ? 0 : last.at + last.bytes;
}
