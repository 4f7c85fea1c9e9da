/** RTMP's chunk stream, write side (Adobe, RTMP 1.0, §5.3.1): type 0 headers only, which is always allowed. */
import type { RtmpMessage } from "./rtmp-chunk-reader.ts";

const extendedMark = 0xffffff;

/** The buffers to write for one message; payload is sliced, not copied. */
export function encodeChunks(chunkStreamId: number, message: RtmpMessage, chunkSize: number): Buffer[] {
  const extended = message.timestampMs >= extendedMark;
  const head = Buffer.alloc(extended ? 16 : 12);
  head[0] = chunkStreamId;
  head.writeUIntBE(extended ? extendedMark : message.timestampMs, 1, 3);
  head.writeUIntBE(message.body.length, 4, 3);
  head[7] = message.typeId;
  head.writeUInt32LE(message.streamId, 8);
  if (extended) head.writeUInt32BE(message.timestampMs, 12);
  // The extended timestamp stands on every chunk of the message (§5.3.1.3).
  const next = Buffer.alloc(extended ? 5 : 1);
  next[0] = 0xc0 | chunkStreamId;
  if (extended) next.writeUInt32BE(message.timestampMs, 1);
  const buffers: Buffer[] = [head];
  for (let at = 0; at < message.body.length; at += chunkSize) {
    if (at > 0) buffers.push(next);
    buffers.push(message.body.subarray(at, at + chunkSize));
  }
  return buffers;
}
