import type { events, sessions } from "../../db/schema/events-tables.ts";
import type { Event, Session } from "../../protocol/events.ts";

export function presentEvent(row: typeof events.$inferSelect, eventSessions: Session[]): Event {
  const { id, slug, title, description, timeZone, status, visibility, maxAttendees, attendeeCount } = row;
  const { primaryColor, accentColor, logoUrl, bannerUrl } = row;
  return {
    id,
    slug,
    title,
    description,
    timeZone,
    startsAt: row.startsAt?.toISOString() ?? null,
    endsAt: row.endsAt?.toISOString() ?? null,
    status,
    visibility,
    maxAttendees,
    attendeeCount,
    branding: { primaryColor, accentColor, logoUrl, bannerUrl },
    sessions: eventSessions,
  };
}

export function presentSession(
  row: typeof sessions.$inferSelect,
  streamId: string | null,
  speakers: string[],
): Session {
  const { id, eventId, title, status, slowModeSeconds } = row;
  const { chatEnabled, questionsEnabled, questionsModerated, pollsEnabled } = row;
  return {
    id,
    eventId,
    title,
    startsAt: row.startsAt?.toISOString() ?? null,
    endsAt: row.endsAt?.toISOString() ?? null,
    status,
    speakers,
    streamId,
    chatEnabled,
    questionsEnabled,
    questionsModerated,
    pollsEnabled,
    slowModeSeconds,
  };
}
