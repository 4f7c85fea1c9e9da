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
