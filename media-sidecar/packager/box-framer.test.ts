import { describe, expect, it } from "vitest";
import { BoxFramer, childBoxes, findBox } from "./box-framer.ts";
import { box } from "./boxes.test-support.ts";

function frame(...chunks: Buffer[]): string[] {
  const boxes: string[] = [];
  const framer = new BoxFramer(({ type, pieces, size }) => {
    const whole = Buffer.concat(pieces);
    boxes.push(`${type} ${size} ${whole.toString("hex")}`);
  });
  for (const chunk of chunks) framer.push(chunk);
  expect(framer.empty).toBe(true);
  return boxes;
}

describe("the box framer (ISO/IEC 14496-12 §4.2)", () => {
  const large = Buffer.concat([
    Buffer.from([0, 0, 0, 1]),
    Buffer.from("mdat"),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 19, 1, 2, 3]),
  ]);
  const stream = Buffer.concat([
    box("ftyp", Buffer.from("isom")),
    box("free"),
    large,
    box("moof", Buffer.alloc(40, 7)),
  ]);
  const whole = frame(stream);

  it("finds every box, one with a 64-bit size too", () => {
    expect(whole.map((each) => each.split(" ").slice(0, 2).join(" "))).toEqual([
      "ftyp 12",
      "free 8",
      "mdat 19",
      "moof 48",
    ]);
  });

  it("finds the same boxes wherever the stream is split, and byte by byte", () => {
    for (let at = 0; at <= stream.length; at++)
      expect(frame(stream.subarray(0, at), stream.subarray(at))).toEqual(whole);
    expect(frame(...Array.from(stream, (byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it("refuses sizes that cannot be", () => {
    const framer = () => new BoxFramer(() => {});
    expect(() => framer().push(Buffer.from([0, 0, 0, 0, 1, 1, 1, 1]))).toThrow(RangeError);
    expect(() => framer().push(Buffer.from([0x7f, 0, 0, 0, 1, 1, 1, 1]))).toThrow(RangeError);
  });

  it("finds children, and refuses one that reaches outside", () => {
    const parent = Buffer.concat([box("mdhd", Buffer.from([1])), box("minf", box("stbl", Buffer.from([2])))]);
    expect(findBox(parent, "minf", "stbl")).toEqual(Buffer.from([2]));
    expect(findBox(parent, "minf", "stsd")).toBeNull();
    expect(() => [...childBoxes(box("stbl", Buffer.alloc(4)).subarray(0, 10))]).toThrow(RangeError);
  });
});
