import { afterEach, expect, it, vi } from "vitest";
import { readViewerLine, saltKeptMs } from "./viewer-line.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("names the viewer of the token", () => {
  expect(readViewerLine("<190>Nov 22 14:11:38 nginx: pb_a,vwr_b,127.0.0.1")).toEqual({
    playbackId: "pb_a",
    viewerId: "vwr_b",
  });
});

it("marks who has no token by the address, the same each time, without saying it", () => {
  const of = (address: string) => readViewerLine(`<190>Nov  2 14:11:38 nginx: pb_a,,${address}`)?.viewerId;
  expect(of("192.0.2.7")).toMatch(/^adr_[\w-]{22}$/);
  expect(of("192.0.2.7")).toBe(of("192.0.2.7"));
  expect(of("192.0.2.7")).not.toBe(of("2001:db8::7"));
});

it("cannot tell after a day whether an address was there before", async () => {
  // A module of its own, whose salt is made under these clocks.
  vi.resetModules();
  vi.useFakeTimers();
  const fresh = await import("./viewer-line.ts");
  const mark = () => fresh.readViewerLine("<190>Nov  2 14:11:38 nginx: pb_a,,192.0.2.7")?.viewerId;
  const first = mark();
  vi.advanceTimersByTime(saltKeptMs - 1);
  expect(mark()).toBe(first);
  vi.advanceTimersByTime(1);
  expect(mark()).toMatch(/^adr_[\w-]{22}$/);
  expect(mark()).not.toBe(first);
});

it.each([
  "",
  "pb_a,vwr_b,127.0.0.1",
  "<190>Nov 22 14:11:38 nginx: pb_a,vwr_b",
  "<190>Nov 22 14:11:38 nginx: sk_a,vwr_b,127.0.0.1",
  "<190>Nov 22 14:11:38 nginx: pb_a,adr_b,127.0.0.1",
  `<190>Nov 22 14:11:38 nginx: pb_${"a".repeat(100)},vwr_b,127.0.0.1`,
])("passes over %j", (message) => {
  expect(readViewerLine(message)).toBeNull();
});
