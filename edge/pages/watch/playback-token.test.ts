import { expect, test } from "vitest";
import { renewalDelayMs, tokenOf, withToken } from "./playback-token.ts";

const master = "http://h:8080/hls/pb_1/~old.token_x-1/master.m3u8";

test("a playlist is asked for with the newest token", () => {
  expect(tokenOf(master)).toBe("old.token_x-1");
  expect(withToken(master, "new.token")).toBe("http://h:8080/hls/pb_1/~new.token/master.m3u8");
});

test("a URL without a token stays as it is", () => {
  const segment = "http://h:8080/hls/seg_1/v0/12.m4s";
  expect(withToken(segment, "new.token")).toBe(segment);
  expect(tokenOf(segment)).toBeNull();
  expect(withToken(master, null)).toBe(master);
});

test("a token is renewed a minute before it ends, and never in a hurry", () => {
  const now = Date.parse("2026-01-01T10:00:00Z");
  expect(renewalDelayMs("2026-01-01T10:05:00Z", now)).toBe(240_000);
  expect(renewalDelayMs("2026-01-01T09:00:00Z", now)).toBe(10_000);
  expect(renewalDelayMs("2099-01-01T00:00:00Z", now)).toBe(86_400_000);
  expect(renewalDelayMs("", now)).toBe(300_000);
});
