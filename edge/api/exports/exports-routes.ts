import { eq } from "drizzle-orm";
import { Hono } from "hono";
import * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { events } from "../../db/schema/events-tables.ts";
import { ExportFile, type ExportSheet, exportSheets, sheetOf } from "../../protocol/exports.ts";
import { identifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { readEventAnalytics } from "../analytics/event-analytics.ts";
import { refreshReport } from "../analytics/report-freshness.ts";
import { reportScopeOfEvent } from "../analytics/report-viewers.ts";
import { audit } from "../audit/audit.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { answerFile } from "../streamed-answer.ts";
import { validate } from "../validate.ts";
import { attendeesSheet } from "./attendees-sheet.ts";
import { chatSheet } from "./chat-sheet.ts";
import { pollsSheet } from "./polls-sheet.ts";
import { questionsSheet } from "./questions-sheet.ts";
import { summarySheet, viewersSheet } from "./report-sheets.ts";
import type { SheetText } from "./sheet.ts";
import { watchSheet } from "./watch-sheet.ts";

/** How long a sheet of who watched waits for the newest to be rolled up. */
const patienceMs = 5_000;

/** An event as files for spreadsheets. */
export function exportsRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const routes = new Hono<ApiEnv>().get(
    "/api/events/:id/export/:file",
    operation({
      id: "exportEvent",
      summary: "Export an event as CSV",
      tag: "Events",
      description: [
        "UTF-8 with a byte order mark, commas, CRLF (RFC 4180), the first line names the columns; times are ISO 8601,",
        "times that passed are in seconds. What people wrote and a spreadsheet would take for a formula has an",
        "apostrophe in front. The file is made while it is read, however long it is, also while the event is live;",
        "one that could not be read to its end has a last line of one cell that says so.",
        ...Object.entries(exportSheets).map(([name, content]) => `\n- \`${name}.csv\`: ${content}`),
      ].join(" "),
      answers: { 200: { description: "The file", contentType: "text/csv" } },
      problems: ["not-found"],
    }),
    validate("param", v.object({ id: identifier("event"), file: ExportFile })),
    async (c) => {
      const { id, file } = c.req.valid("param");
      const title = await readTitle(db, id);
      await audit(db, c, { action: "event.exported", subject: { kind: "event", id }, detail: { file } });
      return answerFile(deps, c, {
        name: `${title} ${file}`,
        contentType: "text/csv; charset=utf-8",
        text: await openSheet(deps, sheetOf(file), id),
      });
    },
  );
  return routes;
}

async function openSheet(deps: ApiDependencies, sheet: ExportSheet, eventId: string): Promise<SheetText> {
  const { db, environment } = deps;
  const now = deps.clock();
  switch (sheet) {
    case "chat":
      return chatSheet(db, eventId);
    case "questions":
      return questionsSheet(db, eventId);
    case "polls":
      return pollsSheet(db, eventId);
    case "attendees": {
      await refreshReport(deps, eventId, patienceMs);
      const scope = await reportScopeOfEvent(db, eventId, now);
      if (scope === null) throw new Problem("not-found");
      return attendeesSheet(db, scope, environment.engagement, now);
    }
    case "watch":
      await refreshReport(deps, eventId, patienceMs);
      return watchSheet(db, eventId, environment.engagement, now);
    case "summary":
      return summarySheet(await readEventAnalytics(deps, eventId));
    case "viewers":
      return viewersSheet(await readEventAnalytics(deps, eventId));
  }
}

async function readTitle(db: Database, id: string): Promise<string> {
  const [row] = await db.select({ title: events.title }).from(events).where(eq(events.id, id));
  if (row === undefined) throw new Problem("not-found");
  return row.title;
}
