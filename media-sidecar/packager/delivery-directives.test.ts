import { describe, expect, it } from "vitest";
import { judgeWait, type PlaylistEdge, parseDeliveryDirectives } from "./delivery-directives.ts";

const parse = (query: string) => parseDeliveryDirectives(new URLSearchParams(query));

describe("delivery directives (RFC 8216bis §6.2.5)", () => {
  it("are a segment, a part of it, and leaving out what is old", () => {
    expect(parse("")).toEqual({ wait: null, skip: false });
    expect(parse("_HLS_msn=7&token=x")).toEqual({ wait: { sequence: 7, part: null }, skip: false });
    expect(parse("_HLS_msn=7&_HLS_part=0&_HLS_skip=v2")).toEqual({
      wait: { sequence: 7, part: 0 },
      skip: true,
    });
    expect(parse("_HLS_skip=YES")?.skip).toBe(true);
    expect(parse("_HLS_skip=no&_HLS_later=1")).toEqual({ wait: null, skip: false });
  });

  it.each([
    "_HLS_part=1",
    "_HLS_msn=",
    "_HLS_msn=-1",
    "_HLS_msn=1.5",
    "_HLS_msn=1e3",
    "_HLS_msn=0x10",
    "_HLS_msn=99999999999999999999",
    "_HLS_msn=7&_HLS_msn=8",
    "_HLS_msn=7&_HLS_part=one",
    "_HLS_msn=%00",
  ])("cannot be %s", (query) => {
    expect(parse(query)).toBeNull();
  });
});

describe("what is waited for (§6.2.5.2)", () => {
  // Segments up to 10 are whole, 9 and 10 have three parts, 11 has two so far.
  const edge: PlaylistEdge = {
    lastSequence: 10,
    openParts: 2,
    partTargetSeconds: 0.35,
    partsOf: (sequence) => (sequence >= 9 ? 3 : null),
  };
  const judge = (sequence: number, part: number | null) => judgeWait({ sequence, part }, edge);

  it("is there when the playlist has it, or has left it behind", () => {
    expect([judge(10, null), judge(3, null), judge(3, 9), judge(10, 2), judge(11, 1)]).toEqual(
      Array(5).fill("ready"),
    );
  });

  it("is waited for while it is in the making", () => {
    expect([judge(11, null), judge(11, 2), judge(12, null), judge(12, 0)]).toEqual(Array(4).fill("wait"));
  });

  it("is the next segment's first part when a part is asked for that its segment never had", () => {
    expect(judge(9, 3)).toBe("ready");
    expect(judge(10, 3)).toBe("ready");
    expect(judgeWait({ sequence: 10, part: 3 }, { ...edge, openParts: 0 })).toBe("wait");
  });

  it("is absurd when it is further off than the segment after the next, or more parts than three seconds have", () => {
    expect([judge(13, null), judge(13, 0), judge(1e15, 0)]).toEqual(Array(3).fill("absurd"));
    expect([judge(11, 10), judge(11, 11)]).toEqual(["wait", "absurd"]);
    expect([judge(12, 8), judge(12, 9)]).toEqual(["wait", "absurd"]);
  });
});
