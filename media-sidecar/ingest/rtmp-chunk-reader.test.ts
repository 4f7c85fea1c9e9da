import { describe, expect, it } from "vitest";
import { RtmpChunkReader, type RtmpMessage } from "./rtmp-chunk-reader.ts";
import { encodeChunks } from "./rtmp-chunk-writer.ts";

function message(typeId: number, timestampMs: number, length: number): RtmpMessage {
  const body = Buffer.from(Array.from({ length }, (_, index) => (index * 7 + typeId) & 0xff));
  return { typeId, streamId: 1, timestampMs, body };
}

function read(...pieces: Buffer[]): RtmpMessage[] {
  const messages: RtmpMessage[] = [];
  const reader = new RtmpChunkReader((each) => messages.push(each));
  for (const piece of pieces) reader.push(piece);
  return messages;
}

/** Comparing text is a hundred times faster than comparing buffers in an assertion. */
function said(messages: readonly RtmpMessage[]): string {
  return messages.map((each) => `${each.typeId} ${each.timestampMs} ${each.body.toString("hex")}`).join("\n");
}

describe("the chunk stream reader (RTMP 1.0, §5.3)", () => {
  const sent = [
    message(9, 0, 300),
    message(8, 21, 7),
    message(9, 0x1000000, 129),
    message(8, 0x1000015, 0),
    message(9, 40, 128),
  ];
  const bytes = Buffer.concat(sent.flatMap((each) => encodeChunks(each.typeId === 9 ? 6 : 4, each, 128)));

  it("reads the same messages wherever the bytes are split in two", () => {
    for (let at = 0; at <= bytes.length; at++)
      expect(said(read(bytes.subarray(0, at), bytes.subarray(at))), `split at ${at}`).toBe(said(sent));
  });

  it("reads the same messages byte by byte", () => {
    expect(read(...Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(sent);
  });

  it("obeys Set Chunk Size (§5.4.1) from the next chunk on", () => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(4096);
    const large = message(9, 5, 3000);
    const parts = [
      ...encodeChunks(2, { typeId: 1, streamId: 0, timestampMs: 0, body: size }, 128),
      ...encodeChunks(6, large, 4096),
    ];
    expect(read(...parts)).toEqual([large]);
  });

  it("adds the deltas of headers of type 1, 2 and 3 (§5.3.1.2)", () => {
    const body = Buffer.from([1, 2]);
    const stream = Buffer.concat([
      Buffer.from([0x05, 0, 0, 100, 0, 0, 2, 9, 1, 0, 0, 0]),
      body,
      Buffer.from([0x45, 0, 0, 10, 0, 0, 2, 9]),
      body,
      Buffer.from([0x85, 0, 0, 20]),
      body,
      Buffer.from([0xc5]),
      body,
    ]);
    expect(read(stream).map(({ timestampMs }) => timestampMs)).toEqual([100, 110, 130, 150]);
  });

  it("reads messages of two chunk streams that are interleaved", () => {
    const video = encodeChunks(6, message(9, 1, 200), 128);
    const audio = encodeChunks(4, message(8, 2, 20), 128);
    const mixed = [video[0]!, video[1]!, ...audio, video[2]!, video[3]!];
    expect(read(...mixed).map(({ typeId }) => typeId)).toEqual([8, 9]);
  });

  it("reads chunk stream ids of two and three bytes (§5.3.1.1)", () => {
    const header = [0, 0, 1, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa];
    expect(read(Buffer.from([0x00, 5, ...header]), Buffer.from([0x01, 5, 1, ...header]))).toHaveLength(2);
  });

  it("drops what is aborted (§5.4.2)", () => {
    const video = encodeChunks(6, message(9, 1, 200), 128);
    const abort = encodeChunks(
      2,
      { typeId: 2, streamId: 0, timestampMs: 0, body: Buffer.from([0, 0, 0, 6]) },
      128,
    );
    const next = message(9, 3, 10);
    expect(read(video[0]!, video[1]!, ...abort, ...encodeChunks(6, next, 128))).toEqual([next]);
  });

  it("refuses a stream that breaks the protocol", () => {
    expect(() => read(Buffer.from([0xc9]))).toThrow(RangeError);
    expect(() => read(Buffer.from([0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0]))).toThrow(RangeError);
  });

  it("refuses messages and chunk streams beyond its limits", () => {
    const limited = () => new RtmpChunkReader(() => {}, { messageBytes: 100, chunkStreams: 2 });
    const send = (...ids: number[]) => {
      const reader = limited();
      for (const id of ids) for (const part of encodeChunks(id, message(9, 1, 100), 128)) reader.push(part);
    };
    expect(() => send(4, 5, 4)).not.toThrow();
    expect(() => send(4, 5, 6)).toThrow(/too many chunk streams/);
    const large = encodeChunks(4, message(9, 1, 101), 128);
    expect(() => limited().push(large[0]!)).toThrow(/too large/);
  });
});
