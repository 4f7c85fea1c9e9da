import { describe, expect, it } from "vitest";
import { type GroupEvent, SegmentGroups } from "./segment-groups.ts";

const segment = (startMs: number, path = "") => ({ startMs, endMs: startMs + 2000, bytes: 1, path });
const part = (segmentStartMs: number, path: string) => {
  return { segmentStartMs, endMs: segmentStartMs + 300, durationMs: 300, independent: false, bytes: 1, path };
};
/** Which files an event tells of, rung by rung. */
const told = (events: GroupEvent[]) =>
  events.map((event) => {
    if (event.kind === "misaligned") return event.kind;
    const parts = event.parts.map((group) => group.parts.map((each) => each?.path ?? "-").join());
    return [
      event.kind,
      ...parts,
      ...(event.kind === "segment" ? event.group.segments : []).map((s) => s.path),
    ];
  });

describe("segment groups", () => {
  it("are complete when every rung has its next segment, in order", () => {
    const groups = new SegmentGroups(2);
    expect(groups.add(0, null, segment(0, "a0"))).toEqual([]);
    expect(groups.add(0, null, segment(2000, "a1"))).toEqual([]);
    const [first] = groups.add(1, null, segment(0, "b0"));
    expect(first).toMatchObject({ kind: "segment", group: { startMs: 0, endMs: 2000 } });
    expect(told(groups.add(1, null, segment(2000, "b1")))).toEqual([["segment", "a1", "b1"]]);
  });

  it("are refused when a rung begins its segment a frame beside the others", () => {
    const groups = new SegmentGroups(2);
    groups.add(0, null, segment(2021));
    expect(groups.add(1, null, segment(2033))).toEqual([{ kind: "misaligned", starts: [2021, 2033] }]);
    const parts = new SegmentGroups(2);
    parts.add(0, part(2021, ""), null);
    expect(parts.add(1, part(2033, ""), null)).toMatchObject([{ kind: "misaligned" }]);
  });

  it("have a part when every rung has it, however far ahead a copied rung is", () => {
    const groups = new SegmentGroups(2);
    for (const path of ["a0.0", "a0.1", "a0.2"]) expect(groups.add(0, part(0, path), null)).toEqual([]);
    expect(told(groups.add(1, part(0, "b0.0"), null))).toEqual([["parts", "a0.0,b0.0"]]);
    expect(told(groups.add(1, part(0, "b0.1"), null))).toEqual([["parts", "a0.1,b0.1"]]);
  });

  it("tell the last part together with the segment that it completes", () => {
    const groups = new SegmentGroups(2);
    groups.add(0, part(0, "a0.0"), null);
    groups.add(0, part(0, "a0.1"), segment(0, "a0"));
    groups.add(0, part(2000, "a1.0"), null);
    groups.add(1, part(0, "b0.0"), null);
    expect(told(groups.add(1, part(0, "b0.1"), segment(0, "b0")))).toEqual([
      ["segment", "a0.1,b0.1", "a0", "b0"],
    ]);
    expect(told(groups.add(1, part(2000, "b1.0"), null))).toEqual([["parts", "a1.0,b1.0"]]);
  });

  it("let a rung have fewer parts than the others", () => {
    const groups = new SegmentGroups(2);
    groups.add(0, part(0, "a0.0"), segment(0, "a0"));
    groups.add(1, part(0, "b0.0"), null);
    expect(told(groups.add(1, part(0, "b0.1"), null))).toEqual([["parts", "-,b0.1"]]);
    expect(told(groups.add(1, null, segment(0, "b0")))).toEqual([["segment", "a0", "b0"]]);
  });
});
