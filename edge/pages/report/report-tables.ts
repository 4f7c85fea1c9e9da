/** The parts of a report that are facts, tables, bars and lists: from the report to elements. */
import type { Engagement, EventAnalytics, SessionAnalytics } from "../../protocol/analytics.ts";
import { countWords, lengthWords, shareWords } from "../shared/amounts.ts";
import { barList, ofGreatest } from "../shared/charts/bar-list.ts";
import { element } from "../shared/element.ts";
import { term } from "./defined-term.ts";
import type { FigureName } from "./figure-names.ts";
import { momentTime, type ShownFigure } from "./report-words.ts";

export function figureList(shown: readonly ShownFigure[]): Node[] {
  return shown.map(({ figure, value, detail }) =>
    element(
      "div",
      { class: "figure" },
      element("dt", {}, term(figure)),
      element("dd", { class: "figure-value", "data-testid": figure }, value),
      detail === "" ? null : element("dd", { class: "figure-detail" }, detail),
    ),
  );
}

const sessionColumns: [FigureName | null, string, (session: SessionAnalytics, isLong: boolean) => string][] =
  [
    [
      null,
      "When",
      ({ startedAt, endedAt }, isLong) =>
        startedAt === null
          ? "not begun"
          : `${momentTime(startedAt, isLong)} – ${endedAt === null ? "now" : momentTime(endedAt, isLong)}`,
    ],
    ["uniqueViewers", "Viewers", ({ uniqueViewers }) => countWords(uniqueViewers)],
    ["peakViewers", "Peak", ({ peakViewers }) => countWords(peakViewers)],
    ["watchSeconds", "Watch time", ({ watchSeconds }) => lengthWords(watchSeconds)],
    ["averageWatchSeconds", "Average", ({ averageWatchSeconds }) => lengthWords(averageWatchSeconds)],
    ["watchShare", "Share", ({ averageWatchShare }) => shareWords(averageWatchShare)],
    ["engagementScore", "Score", ({ engagement }) => String(Math.round(engagement.score))],
    ["messages", "Messages", ({ deeds }) => countWords(deeds.messages)],
    [
      "stallShare",
      "Stalled",
      ({ quality }) => (quality.stallShare === null ? "–" : shareWords(quality.stallShare)),
    ],
  ];

/** On a phone each row stands as a card, its cells behind their names. */
export function sessionTable({
  sessions,
  isLong,
}: {
  sessions: SessionAnalytics[];
  isLong: boolean;
}): Node[] {
  const heads = sessionColumns.map(([figure, words]) =>
    element("th", { scope: "col" }, figure === null ? words : term(figure, words)),
  );
  const rows = sessions.map((session) =>
    element(
      "tr",
      { "data-testid": "session" },
      element("th", { scope: "row" }, session.title),
      ...sessionColumns.map(([figure, words, read]) =>
        element("td", { "data-name": words, "data-testid": figure }, read(session, isLong)),
      ),
    ),
  );
  return [
    element(
      "table",
      { class: "table sessions-table" },
      element("caption", { class: "visually-hidden" }, "Sessions"),
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Session"), ...heads)),
      element("tbody", {}, ...rows),
    ),
  ];
}

export function renditionBars(renditions: EventAnalytics["summary"]["renditions"]): Node[] {
  const total = renditions.reduce((sum, { seconds }) => sum + seconds, 0);
  return barsOf(renditions, ({ name, seconds }) => ({
    label: name,
    amount: seconds,
    words: `${shareWords(total === 0 ? 0 : seconds / total)} · ${lengthWords(seconds)}`,
  }));
}

export function deviceBars(devices: EventAnalytics["devices"]): Node[] {
  const names: Record<string, string> = {
    desktop: "Desktop",
    phone: "Phone",
    tablet: "Tablet",
    tv: "TV",
    other: "Other",
  };
  return barsOf(devices, ({ device, viewers }) => ({
    label: names[device] ?? device,
    amount: viewers,
    words: countWords(viewers),
  }));
}

export function browserBars(browsers: EventAnalytics["browsers"]): Node[] {
  return barsOf(browsers, ({ browser, viewers }) => ({
    label: browser,
    amount: viewers,
    words: countWords(viewers),
  }));
}

const partNames: Record<keyof Engagement["parts"], string> = {
  watching: "Watching",
  messages: "Messages",
  questions: "Questions",
  upvotes: "Upvotes",
  votes: "Votes",
  reactions: "Reactions",
};

/** What the score is made of, each part with what was done for it. */
export function engagementBars({ engagement, deeds }: EventAnalytics["summary"]): Node[] {
  const parts = Object.entries(partNames) as [keyof Engagement["parts"], string][];
  return barsOf(parts, ([part, name]) => {
    const points = `${countWords(engagement.parts[part])} points`;
    return {
      label: name,
      amount: engagement.parts[part],
      words: part === "watching" ? points : `${countWords(deeds[part])} · ${points}`,
    };
  });
}

function barsOf<T>(
  items: readonly T[],
  read: (item: T) => { label: string; amount: number; words: string },
): Node[] {
  const bars = items.map(read);
  const share = ofGreatest(bars, ({ amount }) => amount);
  return [barList(bars.map((bar) => ({ ...bar, share: share(bar) })))];
}
