import { expect, test } from "vitest";
import { engagementParts, parseScales, parseWeights } from "./engagement-settings.ts";
import { parsedScales, parsedWeights } from "./test-engagement-settings.ts";

test("weights of any size add up to 100, and what is not named weighs nothing", () => {
  expect(parsedWeights()).toEqual({
    watching: 50,
    messages: 15,
    questions: 10,
    upvotes: 5,
    votes: 15,
    reactions: 5,
  });
  const weights = parsedWeights(" watching=3, messages = 1 ");
  expect(weights).toMatchObject({ watching: 75, messages: 25, votes: 0 });
  const thirds = parsedWeights("watching=0.1,votes=0.1,questions=0.1");
  expect(engagementParts.reduce((sum, part) => sum + thirds[part], 0)).toBeCloseTo(100, 9);
});

test("a scale that is not named stays as usual", () => {
  expect(parsedScales("messages=50")).toEqual({
    messages: 50,
    questions: 2,
    upvotes: 4,
    votes: 2,
    reactions: 10,
  });
});

test.each([
  ["watching=0,messages=0", "must give at least one part a weight above 0"],
  ["watching=-1", "must be like messages=5"],
  ["watching", "must be like messages=5"],
  ["", "must be like messages=5"],
  ["watching=1e9", "must be like messages=5"],
  ["watching=NaN", "must be like messages=5"],
  ["likes=3", "may name watching, messages, questions, upvotes, votes, reactions and nothing else"],
  ["constructor=3", "may name watching"],
  ["votes=3,votes=4", "names votes twice"],
])("weights %j are refused with a reason", (text, reason) => {
  expect(parseWeights(text)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
});

test.each([
  ["messages=0", "must give messages a scale above 0"],
  ["watching=3", "may name messages, questions, upvotes, votes, reactions and nothing else"],
  ["messages=", "must be like messages=5"],
])("scales %j are refused with a reason", (text, reason) => {
  expect(parseScales(text)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
});
