/** The report of an event, as the API answers it, as sheets. */
import type { EventAnalytics, SessionAnalytics } from "../../protocol/analytics.ts";
import type { Column } from "./csv-lines.ts";
import { type SheetText, sheetText } from "./sheet.ts";

type Summary = EventAnalytics["summary"];
interface SummaryRow {
  of: "event" | "session";
  title: string;
  from: string | null;
  to: string | null;
  figures: Omit<Summary, "viewersNow" | "signedInViewers" | "seats" | "seatsTaken">;
  event: Summary | null;
  session: SessionAnalytics | null;
}

const columns: Column<SummaryRow>[] = [
  ["of", ({ of }) => of],
  ["title", ({ title }) => title],
  ["started_at", ({ from }) => from],
  ["ended_at", ({ to }) => to],
  ["unique_viewers", ({ figures }) => figures.uniqueViewers],
  ["signed_in_viewers", ({ event }) => event?.signedInViewers ?? null],
  ["seats", ({ event }) => event?.seats ?? null],
  ["seats_taken", ({ event }) => event?.seatsTaken ?? null],
  ["viewers_now", ({ event }) => event?.viewersNow ?? null],
  ["peak_viewers", ({ figures }) => figures.peakViewers],
  ["peak_at", ({ figures }) => figures.peakAt],
  ["watch_seconds", ({ figures }) => figures.watchSeconds],
  ["average_watch_seconds", ({ figures }) => figures.averageWatchSeconds],
  ["average_watch_share", ({ session }) => session?.averageWatchShare ?? null],
  ["engagement_score", ({ figures }) => figures.engagement.score],
  ["messages", ({ figures }) => figures.deeds.messages],
  ["questions", ({ figures }) => figures.deeds.questions],
  ["upvotes", ({ figures }) => figures.deeds.upvotes],
  ["votes", ({ figures }) => figures.deeds.votes],
  ["reactions", ({ figures }) => figures.deeds.reactions],
  ["join_seconds", ({ figures }) => figures.quality.joinSeconds],
  ["stalls", ({ figures }) => figures.quality.stalls],
  ["stall_seconds", ({ figures }) => figures.quality.stallSeconds],
  ["stall_share", ({ figures }) => figures.quality.stallShare],
  ["latency_seconds", ({ figures }) => figures.quality.latencySeconds],
  ["errors", ({ figures }) => figures.quality.errors],
];

/** A row for the event, and one for each session. */
export function summarySheet(report: EventAnalytics): SheetText {
  const { title, from, to, summary, sessions } = report;
  return sheetText(
    columns,
    once<SummaryRow>([
      { of: "event", title, from, to, figures: summary, event: summary, session: null },
      ...sessions.map((session): SummaryRow => {
        const { startedAt, endedAt } = session;
        return {
          of: "session",
          title: session.title,
          from: startedAt,
          to: endedAt,
          figures: session,
          event: null,
          session,
        };
      }),
    ]),
  );
}

/** A row for each step of the curve. */
export function viewersSheet({ curve }: EventAnalytics): SheetText {
  type Point = (typeof curve.points)[number];
  const pointColumns: Column<Point>[] = [
    ["at", ({ at }) => at],
    ["viewers", ({ viewers }) => viewers],
    ["peak_viewers", ({ peakViewers }) => peakViewers],
    ["watch_seconds", ({ watchSeconds }) => watchSeconds],
    ["messages", ({ messages }) => messages],
  ];
  return sheetText(pointColumns, once(curve.points));
}

async function* once<Row>(rows: readonly Row[]) {
  yield rows;
}
