import type { Database } from "../../db/open-database.ts";
import type { EngagementSettings } from "../analytics/engagement-settings.ts";
import { readViewerFigures, reportScopeOfSession, type ViewerFigures } from "../analytics/report-viewers.ts";
import type { Column } from "./csv-lines.ts";
import { type ExportedSession, pagesOfSessions } from "./event-sessions.ts";
import { type SheetText, sheetText } from "./sheet.ts";

const columns: Column<ViewerFigures & { session: string }>[] = [
  ["session", ({ session }) => session],
  ["name", ({ user }) => user?.name ?? null],
  ["email", ({ user }) => user?.email ?? null],
  ["first_seen_at", ({ firstSeenAt }) => firstSeenAt],
  ["last_seen_at", ({ lastSeenAt }) => lastSeenAt],
  ["watch_seconds", ({ watchSeconds }) => watchSeconds],
  ["watch_share", ({ watchShare }) => watchShare],
  ["engagement_score", ({ engagement }) => engagement.score],
  ["join_seconds", ({ quality }) => quality.joinSeconds],
  ["stalls", ({ quality }) => quality.stalls],
  ["stall_seconds", ({ quality }) => quality.stallSeconds],
  ["stall_share", ({ quality }) => quality.stallShare],
  ["latency_seconds", ({ quality }) => quality.latencySeconds],
  ["errors", ({ quality }) => quality.errors],
  [
    "rendition_seconds",
    ({ renditions }) => renditions.map(({ name, seconds }) => `${name}: ${Math.round(seconds)}`).join(", "),
  ],
  ["devices", ({ devices }) => devices.join(", ")],
  ["browsers", ({ browsers }) => browsers.join(", ")],
  ["viewer_id", ({ viewerId }) => viewerId],
];

/** A row for each viewer of each of the event's sessions. */
export function watchSheet(
  db: Database,
  eventId: string,
  engagement: EngagementSettings,
  now: Date,
): SheetText {
  async function* pagesOf({ id }: ExportedSession) {
    const scope = await reportScopeOfSession(db, id, now);
    if (scope !== null) yield* readViewerFigures(db, scope, engagement);
  }
  return sheetText(columns, pagesOfSessions(db, eventId, pagesOf));
}
