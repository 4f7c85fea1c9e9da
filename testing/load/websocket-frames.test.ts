import { describe, expect, it } from "vitest";
import { clientFrame, FrameReader, opcodes } from "./websocket-frames.ts";

/** What a server sends: the same frame without a mask. */
function serverFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header =
    payload.length < 126
      ? Buffer.from([0x81, payload.length])
      : payload.length <= 0xffff
        ? Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff])
        : Buffer.concat([
            Buffer.from([0x81, 127, 0, 0, 0, 0]),
            Buffer.from(Uint32Array.of(payload.length).buffer).reverse(),
          ]);
  return Buffer.concat([header, payload]);
}

function readIn(pieces: readonly Buffer[]): string[] {
  const texts: string[] = [];
  const reader = new FrameReader((opcode, payload) => texts.push(`${opcode} ${payload}`));
  for (const piece of pieces) reader.push(piece);
  return texts;
}

describe("frames of a load generator", () => {
  const texts = ["a", "", "b".repeat(125), "c".repeat(126), "d".repeat(70_000), "ü"];
  const bytes = Buffer.concat(texts.map(serverFrame));
  const expected = texts.map((text) => `1 ${text}`);

  it("are cut from one chunk", () => {
    expect(readIn([bytes])).toEqual(expected);
  });

  it("are cut from chunks of any size, whose memory is used again", () => {
    for (const size of [1, 2, 3, 7, 127, 4096]) {
      // Long frames in tiny pieces are copied again and again, and say nothing new.
      const bytes = Buffer.concat(texts.filter(({ length }) => length < size * 500).map(serverFrame));
      const expected = texts.filter(({ length }) => length < size * 500).map((text) => `1 ${text}`);
      const shared = Buffer.alloc(size);
      const read: string[] = [];
      const reader = new FrameReader((opcode, payload) => read.push(`${opcode} ${payload}`));
      for (let at = 0; at < bytes.length; at += size) {
        const copied = bytes.copy(shared, 0, at, at + size);
        reader.push(shared.subarray(0, copied));
      }
      expect(read, `chunks of ${size}`).toEqual(expected);
    }
  });

  it("are masked towards servers, with the length in two bytes where one is too small", () => {
    expect([...clientFrame("ab")]).toEqual([0x81, 0x82, 0, 0, 0, 0, 97, 98]);
    expect([...clientFrame("x".repeat(300)).subarray(0, 8)]).toEqual([0x81, 0xfe, 1, 44, 0, 0, 0, 0]);
    expect(clientFrame("", opcodes.pong)[0]).toBe(0x8a);
  });

  it("are refused in fragments", () => {
    expect(() => readIn([Buffer.from([0x01, 0])])).toThrow(/fragments/);
  });
});
