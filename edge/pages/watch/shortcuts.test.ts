import { expect, test, vi } from "vitest";
import { shortcutFor } from "./shortcuts.ts";

const actions = {
  togglePlay: vi.fn(),
  toggleSound: vi.fn(),
  toggleFullscreen: vi.fn(),
  seekBy: vi.fn(),
  goToLive: vi.fn(),
};

test("someone who writes keeps every key", () => {
  expect(["k", "m", " ", "ArrowLeft"].map((key) => shortcutFor(key, "text", actions))).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test("a focused button keeps space and arrows, letters go to the player", () => {
  expect(shortcutFor(" ", "control", actions)).toBeNull();
  expect(shortcutFor("ArrowRight", "control", actions)).toBeNull();
  expect(shortcutFor("K", "control", actions)).toBe(actions.togglePlay);
});

test("arrows look back and forward by ten seconds", () => {
  shortcutFor("ArrowLeft", "page", actions)?.();
  expect(actions.seekBy).toHaveBeenCalledWith(-10);
});
