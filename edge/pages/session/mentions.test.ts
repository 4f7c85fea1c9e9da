import { describe, expect, test } from "vitest";
import { completeMention, mentionedIn, mentionQuery, splitMentions, suggestMentions } from "./mentions.ts";

const ada = { id: "usr_1", name: "Ada Lovelace" };
const adam = { id: "usr_2", name: "Ada" };
const jose = { id: "usr_3", name: "José" };
const people = [ada, adam, jose];

describe("writing a name", () => {
  test.each([
    ["@ad", { start: 0, query: "ad" }],
    ["hello @Ada Lo", { start: 6, query: "Ada Lo" }],
    ["(@j", { start: 1, query: "j" }],
    ["@", { start: 0, query: "" }],
    ["mail@example", null],
    ["@Ada said it was fine", null],
    ["@Ada\nnext", null],
    ["nobody", null],
  ])("%j is being written as %j", (text, expected) => {
    expect(mentionQuery(text, text.length)).toEqual(expected);
  });

  test("counts up to the caret alone", () => {
    expect(mentionQuery("@ad and more words here", 3)).toEqual({ start: 0, query: "ad" });
  });

  test("suggests by any word of a name, without accents or case", () => {
    const names = (query: string) => suggestMentions(people, query).map(({ name }) => name);
    expect(names("")).toEqual(["Ada Lovelace", "Ada", "José"]);
    expect(names("LOVE")).toEqual(["Ada Lovelace"]);
    expect(names("jose")).toEqual([]);
    expect(names("jos")).toEqual(["José"]);
    expect(names("ada")).toEqual(["Ada Lovelace"]);
  });

  test("completes it where the caret stands", () => {
    expect(completeMention("hi @jo, you", 6, 3, jose)).toEqual({ text: "hi @José , you", caret: 9 });
  });
});

describe("finding names in a text", () => {
  test("takes the longer of two, and no part of a word", () => {
    expect(mentionedIn("@Ada Lovelace and @Ada", people)).toEqual(["usr_1", "usr_2"]);
    expect(mentionedIn("@Adamant @José! @José", people)).toEqual(["usr_3"]);
  });

  test("leaves nothing of the text out", () => {
    const text = "well, @José: is @nobody here? @Ada";
    const pieces = splitMentions(text, people);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
    expect(pieces.filter(({ mention }) => mention).map((piece) => piece.text)).toEqual(["@José", "@Ada"]);
  });
});
