import { element, required, setText } from "../shared/element.ts";
import { isOnAir, type Programme, type ProgrammeEvent, type ProgrammeItem } from "./programme.ts";

const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "long" });
const time = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
let drawn = "";

/** Draws only what has changed, so that focus and selection outlive a refresh. Staff are led to the reports. */
export function drawProgramme(programme: Programme, forStaff: boolean): void {
  const key = JSON.stringify([programme, forStaff]);
  if (key === drawn) return;
  drawn = key;
  const now = required<HTMLElement>("#now-list");
  const nowEmpty = required<HTMLElement>("#now-empty");
  const focused = document.activeElement?.getAttribute("href");
  now.replaceChildren(...programme.onAir.map(onAirCard));
  now.hidden = programme.onAir.length === 0;
  nowEmpty.hidden = programme.onAir.length > 0;
  setText(required("#now-words"), "The stage is empty. When someone goes on air, it shows here by itself.");
  const eventsEmpty = required<HTMLElement>("#events-empty");
  eventsEmpty.hidden = programme.events.length > 0;
  setText(eventsEmpty, "There are no public events yet.");
  required("#events-list").replaceChildren(...programme.events.map((event) => eventBlock(event, forStaff)));
  if (focused) document.querySelector<HTMLElement>(`main a[href="${CSS.escape(focused)}"]`)?.focus();
}

function onAirCard(item: ProgrammeItem): HTMLElement {
  return element(
    "li",
    {},
    element(
      "a",
      { class: "now-card", href: watchPath(item), "data-testid": "on-air" },
      element(
        "span",
        { class: "now-facts" },
        badge(item),
        item.viewers > 0 ? element("span", {}, `${item.viewers} watching`) : null,
      ),
      element("span", { class: "now-title", dir: "auto" }, item.sessionTitle),
      element("span", { class: "now-event", dir: "auto" }, item.eventTitle),
      element("span", { class: "now-go" }, "Watch"),
    ),
  );
}

function eventBlock(event: ProgrammeEvent, forStaff: boolean): HTMLElement {
  const when = event.startsAt ? day.format(new Date(event.startsAt)) : event.status === "ended" ? "Over" : "";
  return element(
    "article",
    { class: "event", "data-testid": "event" },
    element(
      "div",
      { class: "event-head" },
      element("h3", { dir: "auto" }, event.title),
      when ? element("p", { class: "event-when" }, when) : null,
      event.description ? element("p", { class: "event-description", dir: "auto" }, event.description) : null,
      forStaff ? reportLink(event.id) : null,
    ),
    event.items.length === 0
      ? element("p", { class: "event-none" }, "The programme is not published yet.")
      : element("ul", { class: "sessions" }, ...event.items.map(sessionRow)),
  );
}

function reportLink(eventId: string): HTMLElement {
  const href = `/report/${encodeURIComponent(eventId)}`;
  return element(
    "p",
    { class: "event-report" },
    element("a", { href, "data-testid": "to-report" }, "Report"),
  );
}

function sessionRow(item: ProgrammeItem): HTMLElement {
  const when = element(
    "span",
    { class: "session-time" },
    item.startsAt ? time.format(new Date(item.startsAt)) : "",
  );
  const title = element("span", { class: "session-title", dir: "auto" }, item.sessionTitle);
  if (!item.streamId) {
    return element(
      "li",
      { class: "session" },
      when,
      title,
      element("span", { class: "session-note" }, "No stream yet"),
    );
  }
  return element(
    "li",
    {},
    element(
      "a",
      { class: "session", href: watchPath(item), "data-testid": "session" },
      when,
      title,
      badge(item),
    ),
  );
}

function badge(item: ProgrammeItem): HTMLElement {
  const words = {
    idle: "Off air",
    starting: "Starting",
    live: "Live",
    reconnecting: "Live",
    ended: "Ended",
  }[item.status];
  const status = isOnAir(item.status) ? "live" : item.status;
  return element("span", { class: "badge", "data-status": status }, words);
}

function watchPath(item: ProgrammeItem): string {
  return `/watch/${encodeURIComponent(item.streamId ?? "")}`;
}
