import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TokenRenewal } from "./token-renewal.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Tokens `1`, `2` and so on, each for ten minutes; `null` in their place is a failure. */
function renewal(...answers: (string | null)[]) {
  const used: (string | null)[] = [];
  const tokens = new TokenRenewal({
    loadPlayback: async () => {
      const answer = answers.shift() ?? null;
      if (answer === null) throw new Error("away");
      return { url: `/hls/pb_1/~${answer}/master.m3u8`, expiresAt: inMinutes(10) };
    },
    useToken: (token) => used.push(token),
  });
  return { tokens, used };
}
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

test("a token is replaced before it expires, again and again", async () => {
  const { tokens, used } = renewal("1", "2");
  tokens.before(inMinutes(10));
  await vi.advanceTimersByTimeAsync(9 * 60_000);
  expect(used).toEqual(["1"]);
  await vi.advanceTimersByTimeAsync(9 * 60_000);
  expect(used).toEqual(["1", "2"]);
});

test("where none is to be had, it is tried again in a while", async () => {
  const { tokens, used } = renewal(null, "1");
  tokens.before(inMinutes(10));
  await vi.advanceTimersByTimeAsync(9 * 60_000);
  expect(used).toEqual([]);
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(used).toEqual(["1"]);
});

test("one that comes after the end is not used, and no more are asked for", async () => {
  const { tokens, used } = renewal("1", "2");
  tokens.before(inMinutes(10));
  const late = tokens.now();
  tokens.stop();
  expect(await late).toBeNull();
  await vi.advanceTimersByTimeAsync(60 * 60_000);
  expect(used).toEqual([]);
});
