import type { StreamStatus } from "../../protocol/streams.ts";
import { required, setText } from "../shared/element.ts";
import { statusWord } from "./stage-view.ts";
import type { EventFacts, SessionFacts } from "./stream-loader.ts";

const many = new Intl.NumberFormat();

/** The words under the picture. */
export function drawTitle(streamTitle: string, session: SessionFacts | null, event: EventFacts | null): void {
  setText(required("#title"), session?.title ?? streamTitle);
  const eventLine = required<HTMLElement>("#event");
  setText(eventLine, event ? [event.title, whenOf(session, event)].filter(Boolean).join(" · ") : "");
  eventLine.hidden = event === null;
  const description = required<HTMLElement>("#description");
  setText(description, event?.description ?? "");
  description.hidden = !event?.description;
}

export function drawStatus(status: StreamStatus, title: string): void {
  document.body.dataset.streamState = status;
  const badge = required<HTMLElement>("#status");
  setText(badge, statusWord(status));
  badge.dataset.status = status;
  const prefix = status === "live" ? "● " : "";
  document.title = `${prefix}${title} · Rostrum`;
}

/** Before and after a stream people are here as well, but they watch nothing. */
export function drawViewers(count: number, status: StreamStatus): void {
  const doing = status === "live" || status === "reconnecting" ? "watching" : "here";
  setText(required("#viewers"), count > 0 ? `${many.format(count)} ${doing}` : "");
}

export function drawLatency(words: string): void {
  setText(required("#latency"), words);
}

function whenOf(session: SessionFacts | null, event: EventFacts): string {
  const start = session?.startsAt ?? event.startsAt;
  if (start === null) return "";
  return new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" }).format(
    new Date(start),
  );
}
