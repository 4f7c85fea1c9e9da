import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ReconnectWindow } from "./reconnect-window.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

function opened(seconds: number) {
  const over = vi.fn();
  const window = new ReconnectWindow(over);
  window.open(seconds);
  return { window, over };
}

it("is over after its seconds, once", () => {
  const { over } = opened(60);
  vi.advanceTimersByTime(59_999);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100_000);
  expect(over).toHaveBeenCalledTimes(1);
});

it("counts from when it was opened where it is changed meanwhile, and may be over at once", () => {
  const { window, over } = opened(60);
  vi.advanceTimersByTime(20_000);
  window.change(30);
  vi.advanceTimersByTime(9_999);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(over).toHaveBeenCalledTimes(1);
  const second = opened(60);
  vi.advanceTimersByTime(20_000);
  second.window.change(10);
  vi.advanceTimersByTime(0);
  expect(second.over).toHaveBeenCalledTimes(1);
});

it("is never over once it was closed, and is not opened by a change", () => {
  const { window, over } = opened(60);
  window.close();
  window.change(1);
  vi.advanceTimersByTime(100_000);
  expect(over).not.toHaveBeenCalled();
});
