import { expect, test } from "vitest";
import type { LogEvent, PersonalNews } from "../../protocol/internal-rooms.ts";
import { logTexts, replayTexts, welcomeTexts } from "./link-texts.ts";

const events = (count: number, length = 10): LogEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    seq: index + 1,
    type: "chat:message",
    audience: { kind: "all" },
    at: "2026-01-01T00:00:00.000Z",
    data: "x".repeat(length),
  }));
const read = (texts: string[]) => texts.map((text) => JSON.parse(text));
const seqs = (messages: { events: LogEvent[] }[]) =>
  messages.flatMap((each) => each.events.map(({ seq }) => seq));
const upTo = (count: number) => events(count).map(({ seq }) => seq);

test("a gateway's own results and news travel behind the last events, and each comes once", () => {
  const results = Array.from({ length: 300 }, (_, id) => JSON.stringify({ id, result: "x".repeat(2000) }));
  const news: PersonalNews[] = [
    { type: "poll:voted", userId: "usr_a", data: { pollId: "pol_a", optionIds: [] } },
  ];
  const messages = read(logTexts(events(300, 2000))(results, news));
  expect(messages.length).toBeGreaterThan(2);
  expect(seqs(messages)).toEqual(upTo(300));
  const ids = messages.flatMap((each) => each.results.map(({ id }: { id: number }) => id));
  expect(ids).toEqual(results.map((_, id) => id));
  expect(messages.flatMap((each) => each.personal)).toEqual(news);
  const firstResult = messages.findIndex((each) => each.results.length > 0);
  expect(messages.slice(firstResult + 1).every((each) => each.events.length === 0)).toBe(true);
});

test("to a gateway for which there is nothing, nothing is said", () => {
  expect(logTexts([])([], [])).toEqual([]);
  expect(logTexts(events(1))([], []).length).toBe(1);
  expect(logTexts([])(["1"], []).length).toBe(1);
});

test("a long welcome goes on as events, and one that cannot be told says so", () => {
  const [welcome, ...rest] = read(welcomeTexts(300, events(300, 2000), []));
  expect(welcome).toMatchObject({ kind: "welcome", head: 300 });
  expect(rest.length).toBeGreaterThan(0);
  expect(seqs([welcome, ...rest])).toEqual(upTo(300));
  expect(read(welcomeTexts(7, null, []))).toEqual([{ kind: "welcome", head: 7, events: null, totals: [] }]);
});

test("a replay says whether more follows", () => {
  const long = read(replayTexts(4, events(300, 2000)));
  expect(seqs(long)).toEqual(upTo(300));
  expect(long.map(({ more }) => more)).toEqual(long.map((_, index) => index < long.length - 1));
  expect(read(replayTexts(4, null))).toEqual([{ kind: "replayed", id: 4, events: null, more: false }]);
  expect(read(replayTexts(4, []))).toEqual([{ kind: "replayed", id: 4, events: [], more: false }]);
});
