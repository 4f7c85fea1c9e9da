import type { events, sessions } from "../../db/schema/events-tables.ts";
import type { Event, Session } from "../../protocol/events.ts";
import { readableTextColor } from "./brand-contrast.ts";

export function presentEvent(row: typeof events.$inferSelect, eventSessions: Session[]): Event {
  const { id, slug, title, description, timeZone, status, visibility, maxAttendees, attendeeCount } = row;
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
    hasAccessCode: row.accessCodeHash !== null,
    branding: presentBranding(row),
    sessions: eventSessions,
  };
}

function presentBranding(row: typeof events.$inferSelect): Event["branding"] {
  const { primaryColor, accentColor, logoUrl, bannerUrl } = row;
  return {
    primaryColor,
    accentColor,
    primaryTextColor: readableTextColor(primaryColor),
    accentTextColor: readableTextColor(accentColor),
    logoUrl,
    bannerUrl,
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
