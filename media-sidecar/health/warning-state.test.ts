import { describe, expect, it } from "vitest";
import { nextWarning, quiet, type Verdict } from "./warning-state.ts";

const verdicts: Record<string, Verdict> = { b: { bad: "bad" }, g: "good", u: "unsure" };

/** What is said after each look: `!` something, `.` nothing. */
function said(looks: string, after: number, calm: number): string {
  let state = quiet;
  return [...looks]
    .map((look) => {
      state = nextWarning(state, verdicts[look]!, { after, calm });
      return state.said === null ? "." : "!";
    })
    .join("");
}

describe("a warning", () => {
  it.each([
    // [looks, after, calm, said]
    ["b", 1, 2, "!"],
    ["bb", 2, 3, ".!"],
    ["bgbgbgbg", 2, 3, "........"],
    ["bbggg", 2, 3, ".!!!."],
    ["bbggbggbggg", 2, 3, ".!!!!!!!!!."],
    ["bub", 2, 3, "..!"],
    ["bbuuuuuu", 2, 3, ".!!!!!!!"],
    ["bbgugug", 2, 3, ".!!!!!."],
    ["bbgggb", 2, 3, ".!!!.."],
    ["bbgggbb", 2, 3, ".!!!..!"],
    ["uuu", 1, 1, "..."],
  ])(
    "over the looks %s, after %d bad and until %d good ones, is said as %s",
    (looks, after, calm, expected) => {
      expect(said(looks, after, calm)).toBe(expected);
    },
  );

  it("is said with the newest figures", () => {
    const patience = { after: 1, calm: 2 };
    const first = nextWarning(quiet, { bad: "8.3 s" }, patience);
    expect(first.said).toBe("8.3 s");
    expect(nextWarning(first, { bad: "9.1 s" }, patience).said).toBe("9.1 s");
    expect(nextWarning(first, "good", patience).said).toBe("8.3 s");
  });
});
