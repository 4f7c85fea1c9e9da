import { describe, expect, it } from "vitest";
import { decodeAmf0, encodeAmf0 } from "./amf0.ts";

describe("AMF0 (Action Message Format 0, §2)", () => {
  it("reads back every kind of value it writes", () => {
    const values = [
      "connect",
      1,
      true,
      null,
      undefined,
      -0.5,
      "x".repeat(70_000),
      ["a", 2, [false]],
      { app: "live", nested: { deep: null } },
    ];
    expect(JSON.stringify(decodeAmf0(encodeAmf0(values)))).toBe(JSON.stringify(values));
  });

  it("reads an ECMA array as an object, whatever its count says", () => {
    const body = Buffer.concat([
      Buffer.from([8, 0, 0, 0, 99]),
      Buffer.from([0, 5]),
      Buffer.from("width"),
      encodeAmf0([1920]),
      Buffer.from([0, 0, 9]),
    ]);
    expect({ ...(decodeAmf0(body)[0] as object) }).toEqual({ width: 1920 });
  });

  it("takes a name like __proto__ for a name", () => {
    const decoded = decodeAmf0(
      Buffer.concat([
        Buffer.from([3, 0, 9]),
        Buffer.from("__proto__"),
        encodeAmf0([1]),
        Buffer.from([0, 0, 9]),
      ]),
    )[0];
    expect(Object.keys(decoded as object)).toEqual(["__proto__"]);
    expect(({} as { width?: unknown }).width).toBeUndefined();
  });

  it("refuses bodies that are cut short, anywhere", () => {
    const body = encodeAmf0([{ name: "value", number: 1, list: ["a", 1] }]);
    for (let length = 1; length < body.length; length++)
      expect(() => decodeAmf0(body.subarray(0, length)), `cut at ${length}`).toThrow(RangeError);
  });

  it("refuses endless nesting and types that RTMP does not use", () => {
    const nested = Buffer.concat([
      ...Array.from({ length: 100 }, () => Buffer.from([10, 0, 0, 0, 1])),
      Buffer.from([5]),
    ]);
    expect(() => decodeAmf0(nested)).toThrow(RangeError);
    expect(() => decodeAmf0(Buffer.from([17]))).toThrow(RangeError);
  });
});
