import * as v from "valibot";
import { expect, test } from "vitest";
import { spokenText } from "./spoken-text.ts";

const Text = spokenText(500);
const said = (text: string) => {
  const result = v.safeParse(Text, text);
  return result.success ? result.output : result.issues.map(({ message }) => message).join("; ");
};
const family = "👨‍👩‍👧‍👦";

test("a character is what people call one: 500 families fit, 501 do not", () => {
  expect(said(family.repeat(500))).toBe(family.repeat(500));
  expect(said(family.repeat(501))).toContain("longer than 500");
  expect(said("e\u0301".repeat(500))).toBe("e\u0301".repeat(500));
});

test("what nobody would see is no text", () => {
  for (const nothing of [
    "",
    "   ",
    "\u200b\u200d\ufeff",
    "\u2060",
    "\u3164",
    "\u00a0\u2003",
    "\u202e",
    "\ufe0f",
  ]) {
    expect(said(nothing), JSON.stringify(nothing)).toContain("has nothing that can be seen");
  }
});

test("a direction control does not turn round what others wrote", () => {
  expect(said("pay \u202e0001\u202c EUR")).toBe("pay 0001 EUR");
  expect(said("\u2067שלום\u2069")).toBe("שלום");
  expect(said("שלום עולם"), "right-to-left letters need no controls").toBe("שלום עולם");
});

test("an emoji keeps the joiners that make it", () => {
  expect(said(`${family} 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️`)).toBe(`${family} 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️`);
});

test("control characters, half a surrogate and heaped marks are refused", () => {
  for (const text of ["a\u0000b", "a\u0007", "\ud83d alone", `z${"\u0335".repeat(9)}`]) {
    expect(said(text), JSON.stringify(text)).toContain("has characters that cannot be kept");
  }
  expect(said("two\nlines\tand a tab")).toBe("two\nlines\tand a tab");
  expect(said(`Việt ngữ ${"\u0e01\u0e49\u0e33"}`)).toContain("Việt");
});

test("one cluster cannot be a book", () => {
  expect(said(`a${"\u200d".repeat(9000)}`)).toContain("length");
});
