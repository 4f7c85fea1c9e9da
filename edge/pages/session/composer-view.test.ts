import { expect, test } from "vitest";
import { type ComposerFacts, composerView } from "./composer-view.ts";

const view = (facts: Partial<ComposerFacts>) =>
  composerView({
    text: "hello",
    connection: "open",
    silentUntil: null,
    mutedUntil: null,
    now: 0,
    slowModeSeconds: 0,
    problem: null,
    ...facts,
  });

test("words may be sent, nothing and blanks may not", () => {
  expect(view({})).toMatchObject({ canSend: true, hint: "" });
  expect(view({ text: "" }).canSend).toBe(false);
  expect(view({ text: " \n " }).canSend).toBe(false);
});

test("after speaking too fast it says when one may speak again", () => {
  expect(view({ silentUntil: 6_200 })).toMatchObject({
    canSend: false,
    isProblem: true,
    hint: "You may write again in 7 seconds.",
  });
  expect(view({ silentUntil: 6_200, now: 6_200 }).canSend).toBe(true);
});

test("length is counted as people count", () => {
  expect(view({ text: "👨‍👩‍👧‍👦".repeat(500) })).toMatchObject({ canSend: true, charactersLeft: 0 });
  expect(view({ text: "a".repeat(501) })).toMatchObject({ canSend: false, charactersLeft: -1 });
  expect(view({ text: "a".repeat(100) }).charactersLeft).toBeNull();
});

test("a connection that comes back may be written to, one that ended may not", () => {
  expect(view({ connection: "reconnecting" }).canSend).toBe(true);
  expect(view({ connection: "ended" }).canSend).toBe(false);
});

test("slow mode is said before it bites", () => {
  expect(view({ slowModeSeconds: 30 }).hint).toBe("Slow mode: one message every 30 seconds.");
});

test("in slow mode the wait is no fault of anybody's", () => {
  expect(view({ slowModeSeconds: 30, silentUntil: 6_000 })).toMatchObject({
    canSend: false,
    isProblem: false,
  });
});

test("who is muted is told by whom and how long, before all else", () => {
  expect(view({ mutedUntil: 3_600_000, silentUntil: 6_000 })).toEqual({
    canSend: false,
    isProblem: true,
    hint: "A moderator has muted you. You may write again in 1 hour.",
    charactersLeft: null,
  });
  expect(view({ mutedUntil: 5_000, now: 5_000 }).canSend).toBe(true);
});
