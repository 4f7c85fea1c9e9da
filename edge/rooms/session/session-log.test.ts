import { expect, test } from "vitest";
import type { LogEvent } from "../../protocol/internal-rooms.ts";
import { unavailable } from "../problem-response.ts";
import { type LogReader, SessionLog } from "./session-log.ts";

const event = (seq: number): LogEvent => ({
  seq,
  type: "chat:message",
  audience: { kind: "all" },
  at: "2026-01-01T00:00:00Z",
  data: { seq },
});
const range = (first: number, last: number) =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => event(first + index));

function logOf(stored: LogEvent[]) {
  const seen: number[] = [];
  const state = { stored, away: false, reads: 0, anew: 0, beforeAnswer: async () => {} };
  const reader: LogReader = {
    async readLog(_id, after, limit) {
      state.reads++;
      if (state.away) return { ok: false, again: true, problem: unavailable() };
      const head = state.stored.at(-1)?.seq ?? 0;
      const events = state.stored.filter(({ seq }) => seq > after).slice(0, limit);
      await state.beforeAnswer();
      return { ok: true, value: { head, events } };
    },
  };
  const log = new SessionLog("ses_a", reader, {
    grown: (events) => seen.push(...events.map(({ seq }) => seq)),
    begunAnew: () => state.anew++,
  });
  return { log, state, seen };
}

const seqs = (events: LogEvent[] | null) => events?.map(({ seq }) => seq) ?? null;
const upTo = (first: number, last: number) => range(first, last).map(({ seq }) => seq);

test("opening reads the head only; nothing old is said to be new", async () => {
  const { log, seen } = logOf(range(1, 40));
  expect(await log.catchUp()).toBe(true);
  expect(log.head).toBe(40);
  expect(seen).toEqual([]);
});

test("a commit that follows the head is taken without reading", async () => {
  const { log, state, seen } = logOf(range(1, 4));
  await log.catchUp();
  const { reads } = state;
  await log.committed({ firstSeq: 5, events: range(5, 6), results: [], totals: [], personal: [] });
  expect(seen).toEqual([5, 6]);
  expect(state.reads).toBe(reads);
});

test("a commit behind a gap reads what others wrote first, and each event comes once and in order", async () => {
  const { log, state, seen } = logOf(range(1, 4));
  await log.catchUp();
  state.stored = range(1, 9);
  await log.committed({ firstSeq: 8, events: range(8, 9), results: [], totals: [], personal: [] });
  expect(seen).toEqual(upTo(5, 9));
});

test("a read that began before the gap was written does not count as having closed it", async () => {
  const { log, state, seen } = logOf(range(1, 4));
  await log.catchUp();
  let release = () => {};
  state.beforeAnswer = () => new Promise((resolve) => (release = resolve));
  const early = log.catchUp();
  state.stored = range(1, 9);
  state.beforeAnswer = async () => {};
  const commit = log.committed({ firstSeq: 8, events: range(8, 9), results: [], totals: [], personal: [] });
  release();
  await Promise.all([early, commit]);
  expect(seen).toEqual(upTo(5, 9));
});

test("when the gap cannot be read now, later comparison closes it", async () => {
  const { log, state, seen } = logOf(range(1, 4));
  await log.catchUp();
  state.stored = range(1, 9);
  state.away = true;
  await log.committed({ firstSeq: 8, events: range(8, 9), results: [], totals: [], personal: [] });
  expect(seen).toEqual([]);
  state.away = false;
  expect(await log.catchUp()).toBe(true);
  expect(seen).toEqual(upTo(5, 9));
});

test("long absences are read page by page", async () => {
  const { log, state, seen } = logOf(range(1, 4));
  await log.catchUp();
  state.stored = range(1, 1800);
  await log.catchUp();
  expect(seen).toEqual(upTo(5, 1800));
});

test("a resume from before what is held is read from the log, up to a thousand events", async () => {
  const { log } = logOf(range(1, 1500));
  await log.catchUp();
  expect(seqs(await log.since(500))).toEqual(upTo(501, 1500));
  expect(await log.since(499)).toBeNull();
  expect(await log.since(1500)).toEqual([]);
});

test("a point ahead of what is known makes it look first, and is refused when it stays ahead", async () => {
  const { log, state, seen } = logOf(range(1, 4));
  await log.catchUp();
  state.stored = range(1, 6);
  expect(await log.since(6)).toEqual([]);
  expect(seen).toEqual([5, 6]);
  expect(await log.since(7)).toBeNull();
});

test("a log that has become shorter is begun anew", async () => {
  const { log, state } = logOf(range(1, 9));
  await log.catchUp();
  state.stored = range(1, 2);
  expect(await log.catchUp()).toBe(false);
  expect(state.anew).toBe(1);
  expect(await log.catchUp()).toBe(true);
  expect(log.head).toBe(2);
});
