/** What the session room says to gateways (edge/rooms/link-messages.ts), serialised once and in pieces that pass. */
import type { LogEvent, PersonalNews, SessionTotal } from "../../protocol/internal-rooms.ts";
import { linkChunks } from "../link-chunks.ts";

const pieces = (events: readonly LogEvent[]) => linkChunks(events.map((event) => JSON.stringify(event)));

/** A welcome and, behind it, what of the missed events did not fit into it. */
export function welcomeTexts(head: number, events: readonly LogEvent[] | null, totals: SessionTotal[]) {
  const [first = [], ...rest] = pieces(events ?? []);
  const begin = events === null ? "null" : `[${first.join()}]`;
  const welcome = `{"kind":"welcome","head":${head},"events":${begin},"totals":${JSON.stringify(totals)}}`;
  return [welcome, ...rest.map((piece) => logText(piece))];
}

export function replayTexts(id: number, events: readonly LogEvent[] | null): string[] {
  const all = pieces(events ?? []);
  return all.map((piece, index) => {
    const run = events === null ? "null" : `[${piece.join()}]`;
    return `{"kind":"replayed","id":${id},"events":${run},"more":${index < all.length - 1}}`;
  });
}

/**
 * What one commit brought, by gateway: the events, which all share, then each gateway's own results (serialised) and
 * personal news. None for whom there is nothing.
 */
export function logTexts(events: readonly LogEvent[]): (results: string[], news: PersonalNews[]) => string[] {
  const all = pieces(events);
  const common = all.slice(0, -1).map((piece) => logText(piece));
  const last = all.at(-1) ?? [];
  const alone = last.length === 0 ? [] : [...common, logText(last)];
  return (results, news) => {
    if (results.length + news.length === 0) return alone;
    const [first = [], ...others] = linkChunks(results);
    return [...common, logText(last, first, news), ...others.map((own) => logText([], own))];
  };
}

function logText(
  events: readonly string[],
  results: readonly string[] = [],
  personal: readonly PersonalNews[] = [],
): string {
  const news = JSON.stringify(personal);
  return `{"kind":"log","events":[${events.join()}],"results":[${results.join()}],"personal":${news}}`;
}
