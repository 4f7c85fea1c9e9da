/** What a report says in words. Pure, but for the locale and zone of the browser. */
import type { EventAnalytics, Quality } from "../../protocol/analytics.ts";
import type { EventStatus } from "../../protocol/events.ts";
import { countWords, lengthWords, shareWords } from "../shared/amounts.ts";
import type { FigureName } from "./figure-names.ts";

/** One figure as the page shows it. */
export interface ShownFigure {
  figure: FigureName;
  value: string;
  /** What makes it understood: when it was, of how many. */
  detail: string;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "numeric",
  minute: "2-digit",
});
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "medium" });
const range = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const dayMs = 86_400_000;

type Summary = EventAnalytics["summary"];

/** What an organiser is asked first. */
export function keyFigures(summary: Summary, isLong: boolean): ShownFigure[] {
  const { uniqueViewers, signedInViewers, peakViewers, peakAt, seats, seatsTaken } = summary;
  const perViewer = uniqueViewers === 0 ? "" : "for each viewer";
  return [
    {
      figure: "uniqueViewers",
      value: countWords(uniqueViewers),
      detail: uniqueViewers === 0 ? "" : `${countWords(signedInViewers)} signed in`,
    },
    {
      figure: "peakViewers",
      value: countWords(peakViewers),
      detail: peakAt === null ? "" : `at ${momentTime(peakAt, isLong)}`,
    },
    { figure: "watchSeconds", value: lengthWords(summary.watchSeconds), detail: "in all" },
    { figure: "averageWatchSeconds", value: lengthWords(summary.averageWatchSeconds), detail: perViewer },
    {
      figure: "engagementScore",
      value: String(Math.round(summary.engagement.score)),
      detail: "of 100",
    },
    {
      figure: "seatsTaken",
      value: countWords(seatsTaken),
      detail:
        seats === 0 ? "nobody had a seat" : `of ${countWords(seats)}, ${shareWords(seatsTaken / seats)}`,
    },
  ];
}

/** How well it played; what nobody said is a dash. */
export function qualityFigures(quality: Quality): ShownFigure[] {
  const { joinSeconds, stalls, stallSeconds, stallShare, latencySeconds, errors } = quality;
  const length = (seconds: number | null) => (seconds === null ? "–" : lengthWords(seconds));
  return [
    { figure: "joinSeconds", value: length(joinSeconds), detail: "until the first picture" },
    {
      figure: "stallShare",
      value: stallShare === null ? "–" : shareWords(stallShare),
      detail: "stood still",
    },
    { figure: "stalls", value: countWords(stalls), detail: `${lengthWords(stallSeconds)} in all` },
    { figure: "latencySeconds", value: length(latencySeconds), detail: "behind the encoder" },
    { figure: "errors", value: countWords(errors), detail: errors === 1 ? "new start" : "new starts" },
  ];
}

/** The time of a moment, with its day in a report of several. */
export function momentTime(at: string | number, isLong: boolean): string {
  return (isLong ? dayAndClock : clock).format(typeof at === "number" ? at : new Date(at));
}

/** Whether times alone would be mistaken. */
export function isLongReport({ from, to }: Pick<EventAnalytics, "from" | "to">): boolean {
  return from !== null && to !== null && Date.parse(to) - Date.parse(from) > dayMs;
}

/** "5 March 2026, 14:00 – 16:30" of what was seen, or else of what was planned. */
export function datesWords(
  { from, to }: Pick<EventAnalytics, "from" | "to">,
  planned: { startsAt: string | null; endsAt: string | null },
): string {
  const [start, end] = from !== null ? [from, to] : [planned.startsAt, planned.endsAt];
  if (start === null) return "No date yet";
  return range.formatRange(new Date(start), new Date(end ?? start));
}

export function asOfWords(asOf: string): string {
  const { timeZone } = exact.resolvedOptions();
  return `As of ${exact.format(new Date(asOf))}. Times are in ${timeZone.replace(/_/g, " ")}.`;
}

/** Why there is nothing to see, null where there is something. */
export function emptyWords(
  { from, summary }: Pick<EventAnalytics, "from" | "summary">,
  status: EventStatus | null,
): string | null {
  if (from !== null || summary.uniqueViewers > 0) return null;
  if (status === "ended" || status === "cancelled")
    return "Nobody watched this event. There is nothing to draw.";
  return "Nobody has watched yet. The report fills by itself once the first viewer is here.";
}

/** Whether nothing more will come. */
export function isSettled({ summary }: Pick<EventAnalytics, "summary">, status: EventStatus): boolean {
  return (status === "ended" || status === "cancelled") && summary.viewersNow === 0;
}
