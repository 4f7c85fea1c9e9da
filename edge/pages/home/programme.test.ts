import type * as v from "valibot";
import { expect, test } from "vitest";
import type { Event as EventSchema } from "../../protocol/events.ts";
import type { Stream, StreamStatus } from "../../protocol/streams.ts";
import { testEvent } from "../../protocol/test-event.ts";
import { programmeOf } from "./programme.ts";

type EventFacts = v.InferOutput<typeof EventSchema>;
type SessionFacts = EventFacts["sessions"][number];

const session = (
  id: string,
  startsAt: string | null,
  streamId: string | null = `str_${id}`,
): SessionFacts => ({
  id: `ses_${id}`,
  eventId: "evt_1",
  title: id,
  startsAt,
  endsAt: null,
  status: "scheduled",
  speakers: [],
  streamId,
  chatEnabled: true,
  questionsEnabled: true,
  questionsModerated: false,
  pollsEnabled: true,
  slowModeSeconds: 0,
});
const event = (title: string, status: EventFacts["status"], sessions: SessionFacts[] = []): EventFacts =>
  testEvent({ id: `evt_${title}`, slug: title, title, status, sessions });
const stream = (id: string, status: StreamStatus): Stream => ({
  id: `str_${id}`,
  title: id,
  sessionId: `ses_${id}`,
  status,
  playbackId: "pb_1",
  playbackUrl: "",
  latencyMode: "standard",
  record: false,
  reconnectWindowSeconds: 60,
  rewindSeconds: 120,
  startedAt: null,
  endedAt: null,
  viewers: 3,
  peakViewers: 3,
});

test("what is on air stands first, an interruption is still on air", () => {
  const events = [event("a", "live", [session("x", null), session("y", null), session("z", null)])];
  const programme = programmeOf(events, [
    stream("x", "live"),
    stream("y", "reconnecting"),
    stream("z", "ended"),
  ]);
  expect(programme.onAir.map(({ streamId }) => streamId)).toEqual(["str_x", "str_y"]);
});

test("running events come before coming ones, and those before what is over; drafts are not shown", () => {
  const events = [
    event("over", "ended"),
    event("next", "scheduled"),
    event("now", "live"),
    event("draft", "draft"),
  ];
  expect(programmeOf(events, []).events.map(({ title }) => title)).toEqual(["now", "next", "over"]);
});

test("sessions stand in the order of their times, those without one last", () => {
  const sessions = [
    session("none", null),
    session("late", "2026-01-02T10:00:00Z"),
    session("early", "2026-01-01T10:00:00Z"),
  ];
  const [shown] = programmeOf([event("a", "live", sessions)], []).events;
  expect(shown?.items.map(({ sessionTitle }) => sessionTitle)).toEqual(["early", "late", "none"]);
});

test("a session without a stream is shown without a way to watch", () => {
  const [shown] = programmeOf([event("a", "live", [session("x", null, null)])], []).events;
  expect(shown?.items).toMatchObject([{ streamId: null, status: "idle" }]);
});
