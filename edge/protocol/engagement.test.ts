import * as v from "valibot";
import { expect, test } from "vitest";
import { Emoji } from "./engagement.ts";
import { VoteRequest } from "./polls.ts";
import { SessionCommand } from "./session-commands.ts";

test.each(["👍", "❤️", "👨‍👩‍👧‍👦", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👋🏽", "☕"])("%s is a reaction", (emoji) => {
  expect(v.is(Emoji, emoji)).toBe(true);
});

test.each(["", "a", "1", "👍👍", "👍 ", "<b>", "constructor", "❤️❤️", "👍".repeat(17), "\u200d"])(
  "%j is no reaction",
  (text) => {
    expect(v.is(Emoji, text)).toBe(false);
  },
);

test("a vote names at least one option, and none twice", () => {
  expect(v.is(VoteRequest, { optionIds: ["opt_a", "opt_b"] })).toBe(true);
  for (const optionIds of [[], ["opt_a", "opt_a"], ["pol_a"], "opt_a", [["opt_a"]], null]) {
    expect(v.is(VoteRequest, { optionIds }), JSON.stringify(optionIds)).toBe(false);
  }
});

test("a command is known by its type alone", () => {
  for (const type of ["__proto__", "constructor", "chat:sends", "toString", ""]) {
    expect(v.is(SessionCommand, { type, data: { text: "x" } }), type).toBe(false);
  }
  const polluted = JSON.parse(
    '{"type":"chat:send","data":{"text":"x","__proto__":{"replyTo":"msg_a"},"more":1}}',
  );
  const parsed = v.parse(SessionCommand, polluted);
  expect(parsed).toEqual({ type: "chat:send", data: { text: "x" } });
  expect("replyTo" in parsed.data).toBe(false);
});
