import type * as v from "valibot";
import type { Event as EventSchema } from "../../protocol/events.ts";
import type { Stream, StreamStatus } from "../../protocol/streams.ts";

type EventFacts = v.InferOutput<typeof EventSchema>;

/** A session as the home page lists it. */
export interface ProgrammeItem {
  sessionTitle: string;
  eventTitle: string;
  streamId: string | null;
  status: StreamStatus;
  viewers: number;
  startsAt: string | null;
}

export interface ProgrammeEvent {
  id: string;
  title: string;
  description: string;
  startsAt: string | null;
  status: EventFacts["status"];
  items: ProgrammeItem[];
}

export interface Programme {
  onAir: ProgrammeItem[];
  events: ProgrammeEvent[];
}

/** Events with what their streams do now: on air first, then what comes next, then what is over. */
export function programmeOf(events: EventFacts[], streams: Stream[]): Programme {
  const bySession = new Map(streams.map((stream) => [stream.sessionId, stream]));
  const shown = events
    .filter(({ status }) => status !== "draft" && status !== "cancelled")
    .map((event) => ({
      id: event.id,
      title: event.title,
      description: event.description,
      startsAt: event.startsAt,
      status: event.status,
      items: event.sessions
        .map((session): ProgrammeItem => {
          const stream = bySession.get(session.id);
          return {
            sessionTitle: session.title,
            eventTitle: event.title,
            streamId: stream?.id ?? session.streamId,
            status: stream?.status ?? "idle",
            viewers: stream?.viewers ?? 0,
            startsAt: session.startsAt,
          };
        })
        .sort(byStart),
    }))
    .sort((a, b) => rank(a.status) - rank(b.status) || byStart(a, b));
  const onAir = shown
    .flatMap(({ items }) => items)
    .filter(({ streamId, status }) => streamId && isOnAir(status));
  return { onAir, events: shown };
}

export function isOnAir(status: StreamStatus): boolean {
  return status === "live" || status === "reconnecting";
}

function rank(status: EventFacts["status"]): number {
  return status === "live" ? 0 : status === "ended" ? 2 : 1;
}

/** Without a time comes last. */
function byStart(a: { startsAt: string | null }, b: { startsAt: string | null }): number {
  return (a.startsAt ?? "9999").localeCompare(b.startsAt ?? "9999");
}
