import { expect, test } from "vitest";
import type { EventState } from "../../protocol/realtime.ts";
import { testEvent } from "../../protocol/test-event.ts";
import { eventStateDiff } from "./event-state-diff.ts";
import { applyPublished } from "./published-state.ts";

const stream = (streamId: string, status: "idle" | "live" | "ended") => ({
  streamId,
  sessionId: "ses_a",
  status,
  playbackId: `pb_${streamId}`,
  startedAt: null,
});
const state = (title: string, ...streams: ReturnType<typeof stream>[]): EventState => ({
  event: testEvent({ title }),
  streams,
});

test("the same state has nothing to say", () => {
  expect(eventStateDiff(state("A", stream("str_1", "live")), state("A", stream("str_1", "live")))).toEqual(
    [],
  );
});

test("a stream that changed or came is said, one that stayed is not", () => {
  const before = state("A", stream("str_1", "live"), stream("str_2", "idle"));
  const after = state("A", stream("str_1", "ended"), stream("str_2", "idle"), stream("str_3", "live"));
  expect(eventStateDiff(before, after)).toEqual([
    { type: "stream:status", data: stream("str_1", "ended") },
    { type: "stream:status", data: stream("str_3", "live") },
  ]);
});

test("an event that changed is said whole", () => {
  const after = state("B");
  expect(eventStateDiff(state("A"), after)).toEqual([{ type: "event:updated", data: after.event }]);
});

test("what is published changes the state, and is said once", () => {
  const live = { type: "stream:status", data: stream("str_1", "live") };
  const first = applyPublished(state("A", stream("str_1", "idle"), stream("str_2", "idle")), [live]);
  expect(first.news).toEqual([live]);
  expect(first.state).toEqual(state("A", stream("str_1", "live"), stream("str_2", "idle")));
  expect(applyPublished(first.state, [live])).toEqual({ state: first.state, news: [] });
});

test("what is not about the state passes, and so does everything while no state is known", () => {
  const announcement = { type: "announcement", data: { text: "Lunch" } };
  expect(applyPublished(state("A"), [announcement, announcement]).news).toEqual([announcement, announcement]);
  const live = { type: "stream:status", data: stream("str_1", "live") };
  expect(applyPublished(null, [live])).toEqual({ state: null, news: [live] });
});
