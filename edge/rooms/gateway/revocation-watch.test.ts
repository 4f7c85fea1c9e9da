import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RevocationsResponse, RevokeRequest } from "../../protocol/internal-rooms.ts";
import { problemBody } from "../../protocol/problem.ts";
import type { Answer } from "../edge-api.ts";
import { RevocationWatch } from "./revocation-watch.ts";

beforeEach(() => void vi.useFakeTimers({ now: new Date("2026-01-01T00:00:00Z") }));
afterEach(() => void vi.useRealTimers());

const entry = (id: number, at: string) => ({ id, at, userId: "usr_a", code: 4401 as const });

/** A watch whose questions are answered in turn, the last answer again and again; null: the API is away. */
function watch(...answers: (RevocationsResponse | null)[]) {
  const asked: (string | null)[] = [];
  const acted: (number | undefined)[] = [];
  const source = {
    revocations: async (since: string | null): Promise<Answer<RevocationsResponse>> => {
      asked.push(since);
      const value = answers[Math.min(asked.length, answers.length) - 1] ?? null;
      return value ? { ok: true, value } : { ok: false, again: true, problem: problemBody("unavailable") };
    },
  };
  const created = new RevocationWatch(source, (revocation: RevokeRequest) => void acted.push(revocation.id));
  created.start();
  return { watch: created, asked, acted };
}

test("asks twice a second, each time from where the answer before ended", async () => {
  const { asked } = watch({ now: "2026-01-01T00:00:07.000Z", revocations: [] });
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual([null, "2026-01-01T00:00:07.000Z"]);
});

test("what is repeated acts once", async () => {
  const now = "2026-01-01T00:00:07.000Z";
  const { acted } = watch({ now, revocations: [entry(3, now)] });
  await vi.advanceTimersByTimeAsync(5000);
  expect(acted).toEqual([3]);
});

test("what ended before there were sockets does not act on them, however often it is repeated", async () => {
  const revocations = [entry(1, "2025-12-31T23:59:50.000Z"), entry(2, "2026-01-01T00:00:00.200Z")];
  const { acted } = watch({ now: "2026-01-01T00:00:00.500Z", revocations });
  await vi.advanceTimersByTimeAsync(2000);
  expect(acted).toEqual([2]);
});

test("an API that was away is asked from where it was last heard", async () => {
  const first = { now: "2026-01-01T00:00:00.500Z", revocations: [] };
  const late = { now: "2026-01-01T00:02:00.000Z", revocations: [entry(9, "2026-01-01T00:00:01.000Z")] };
  const { asked, acted } = watch(first, null, null, late);
  await vi.advanceTimersByTimeAsync(2000);
  expect(asked).toEqual([null, first.now, first.now, first.now]);
  expect(acted).toEqual([9]);
});

test("a stopped watch is silent", async () => {
  const { watch: stopped, asked } = watch(null);
  stopped.stop();
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toEqual([]);
});
