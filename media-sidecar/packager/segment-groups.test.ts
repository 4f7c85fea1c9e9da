import { describe, expect, it } from "vitest";
import { SegmentGroups } from "./segment-groups.ts";

const segment = (startMs: number, path = "") => ({ startMs, endMs: startMs + 2000, bytes: 1, path });

describe("segment groups", () => {
  it("are complete when every rung has its next segment, in order", () => {
    const groups = new SegmentGroups(2);
    expect(groups.add(0, segment(0, "a0")).kind).toBe("waiting");
    expect(groups.add(0, segment(2000, "a1")).kind).toBe("waiting");
    const first = groups.add(1, segment(0, "b0"));
    expect(first).toMatchObject({ kind: "complete", group: { startMs: 0, endMs: 2000 } });
    const second = groups.add(1, segment(2000, "b1"));
    expect(second.kind === "complete" && second.group.segments.map(({ path }) => path)).toEqual(["a1", "b1"]);
  });

  it("are refused when a rung begins its segment a frame beside the others", () => {
    const groups = new SegmentGroups(2);
    groups.add(0, segment(2021));
    expect(groups.add(1, segment(2033))).toEqual({ kind: "misaligned", starts: [2021, 2033] });
  });
});
