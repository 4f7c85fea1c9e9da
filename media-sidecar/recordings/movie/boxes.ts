/** Writes boxes of ISO/IEC 14496-12. */

const headerBytes = 8;

/** A box around its bodies; throws RangeError above 4 GiB, which only `mdat` ever is. */
export function box(type: string, ...bodies: readonly Buffer[]): Buffer {
  const size = bodies.reduce((sum, body) => sum + body.length, headerBytes);
  const head = Buffer.alloc(headerBytes);
  head.writeUInt32BE(size);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, ...bodies], size);
}

/** A full box (§4.2): version and flags before its bodies. */
export function fullBox(type: string, version: number, flags: number, ...bodies: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(flags);
  head.writeUInt8(version);
  return box(type, head, ...bodies);
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

export function int32(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value, index * 4);
  return bytes;
}

export function uint64(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64BE(BigInt(value), index * 8);
  return bytes;
}

export const mediaHeaderBytes = 16;

/** The header of an `mdat` with a 64-bit size, whatever its size is: so that what stands before it has one length. */
export function mediaHeader(payloadBytes: number): Buffer {
  const head = Buffer.alloc(mediaHeaderBytes);
  head.writeUInt32BE(1);
  head.write("mdat", 4, "latin1");
  head.writeBigUInt64BE(BigInt(payloadBytes + mediaHeaderBytes), 8);
  return head;
}
