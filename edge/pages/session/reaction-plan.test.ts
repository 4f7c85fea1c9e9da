import * as v from "valibot";
import { expect, test } from "vitest";
import { Emoji } from "../../protocol/engagement.ts";
import { floatsFor, mayReact, offeredReactions, topReactions } from "./reaction-plan.ts";

const none = new Map<string, number>();

test("each reaction floats up while there are few, a share of them when there are many", () => {
  expect(floatsFor({ "👍": 2, "🎉": 1 }, none, () => 0.5)).toEqual([
    { emoji: "👍", delayMs: 450, place: 0.5 },
    { emoji: "👍", delayMs: 450, place: 0.5 },
    { emoji: "🎉", delayMs: 450, place: 0.5 },
  ]);
  const many = floatsFor({ "👍": 3000, "🎉": 1000, "🔥": 1 }, none, Math.random);
  const count = (emoji: string) => many.filter((float) => float.emoji === emoji).length;
  expect(["👍", "🎉", "🔥"].map(count)).toEqual([8, 2, 1]);
});

test("one's own do not float twice", () => {
  expect(floatsFor({ "👍": 2 }, new Map([["👍", 2]]), Math.random)).toEqual([]);
});

test("in numbers the most come first, and no more than four", () => {
  const top = topReactions({ "🎉": 3, "👍": 12, "🔥": 1, "😄": 2, "😮": 9 });
  expect(top).toEqual([
    ["👍", 12],
    ["😮", 9],
    ["🎉", 3],
    ["😄", 2],
  ]);
});

test("five a second may be pressed", () => {
  expect(mayReact([0, 10, 20, 30], 900)).toBe(true);
  expect(mayReact([0, 10, 20, 30, 40], 900)).toBe(false);
  expect(mayReact([0, 10, 20, 30, 40], 1_001)).toBe(true);
});

test.each(offeredReactions)("%s is one the server takes", (emoji) => {
  expect(v.safeParse(Emoji, emoji).success).toBe(true);
});
