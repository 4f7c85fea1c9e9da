import { expect, test } from "vitest";
import { typingWords } from "./typing-words.ts";

test.each([
  [[], 0, ""],
  [[], 1, "Someone is typing"],
  [[], 7, "7 people are typing"],
  [["Ada"], 1, "Ada is typing"],
  [["Ada", "Ben"], 2, "Ada and Ben are typing"],
  [["Ada", "Ben", "Cyd"], 3, "Ada, Ben and 1 other are typing"],
  [["Ada", "Ben", "Cyd"], 40, "Ada, Ben and 38 others are typing"],
])("%j of %i: %s", (users, count, words) => {
  expect(typingWords({ users, count })).toBe(words);
});

test("oneself is left out", () => {
  expect(typingWords({ users: ["Ada"], count: 1 }, "Ada")).toBe("");
  expect(typingWords({ users: ["Ada", "Ben"], count: 2 }, "Ada")).toBe("Ben is typing");
  expect(typingWords({ users: ["Ben"], count: 1 }, "Ada")).toBe("Ben is typing");
});
