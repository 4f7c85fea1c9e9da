import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LastMedia } from "./last-media.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

function left() {
  const allCame = vi.fn();
  const lastMedia = new LastMedia(allCame);
  lastMedia.came();
  vi.advanceTimersByTime(10);
  lastMedia.wait();
  return { lastMedia, allCame };
}

it("is all there once nothing came for a while, once, however often it is asked for", () => {
  const { lastMedia, allCame } = left();
  vi.advanceTimersByTime(690);
  lastMedia.wait();
  expect([allCame.mock.calls.length, lastMedia.isAwaited]).toEqual([0, true]);
  vi.advanceTimersByTime(10);
  expect([allCame.mock.calls.length, lastMedia.isAwaited]).toEqual([1, false]);
  vi.advanceTimersByTime(60_000);
  expect(allCame).toHaveBeenCalledTimes(1);
});

it("is waited for while more of it comes", () => {
  const { lastMedia, allCame } = left();
  vi.advanceTimersByTime(600);
  lastMedia.came();
  vi.advanceTimersByTime(100);
  expect([allCame.mock.calls.length, lastMedia.isAwaited]).toEqual([0, true]);
  vi.advanceTimersByTime(700);
  expect(allCame).toHaveBeenCalledTimes(1);
});

it("is not what goes on and on, which is another publisher's", () => {
  const { lastMedia, allCame } = left();
  for (let tick = 0; tick < 100; tick++) {
    vi.advanceTimersByTime(100);
    lastMedia.came();
  }
  expect([allCame.mock.calls.length, lastMedia.isAwaited]).toEqual([0, false]);
  vi.advanceTimersByTime(60_000);
  expect(allCame).not.toHaveBeenCalled();
});

it("is not waited for once that was called off", () => {
  const { lastMedia, allCame } = left();
  lastMedia.callOff();
  expect(lastMedia.isAwaited).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(allCame).not.toHaveBeenCalled();
});
