import { element } from "../shared/element.ts";

const sheets = [
  ["summary", "Summary"],
  ["viewers", "Viewers over time"],
  ["attendees", "Attendees"],
  ["watch", "Watch time of each viewer"],
  ["chat", "Chat"],
  ["questions", "Questions"],
  ["polls", "Polls"],
] as const;

/** Plain links: the browser sends the session's cookie with them and writes what comes straight to disk. */
export function drawDownloads(list: HTMLElement, eventId: string): void {
  const event = `/api/events/${encodeURIComponent(eventId)}`;
  const link = (href: string, words: string, kind: string) =>
    element(
      "li",
      {},
      element("a", { href, download: true, "data-testid": "download" }, words),
      element("span", { class: "report-note" }, ` ${kind}`),
    );
  list.replaceChildren(
    ...sheets.map(([sheet, words]) => link(`${event}/export/${sheet}.csv`, words, "CSV")),
    link(`${event}/analytics`, "Everything on this page", "JSON"),
  );
}
