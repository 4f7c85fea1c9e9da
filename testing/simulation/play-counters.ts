import type { VisitScript } from "./viewer-script.ts";

/** What a player would say of a play at one moment: grown since it was opened. Seconds. */
export interface PlayCounters {
  playing: boolean;
  playedSeconds: number;
  stalls: number;
  stallSeconds: number;
}

/** `openedAt` is when it really was opened, which may be later than its script says. */
export function countersAt({ spans }: VisitScript, openedAt: number, at: number): PlayCounters {
  const playing = spans.some(({ from, to, kind }) => kind === "playing" && from <= at && at < to);
  const counters: PlayCounters = { playing, playedSeconds: 0, stalls: 0, stallSeconds: 0 };
  for (const { from, to, kind } of spans) {
    const seconds = Math.min(to, at) - Math.max(from, openedAt);
    if (seconds <= 0) continue;
    if (kind === "playing") counters.playedSeconds += seconds;
    if (kind === "stalled") {
      counters.stallSeconds += seconds;
      counters.stalls++;
    }
  }
  return counters;
}

/** The seconds in which it played, between opening and `closedAt`. */
export function playedSpans(
  { spans }: VisitScript,
  openedAt: number,
  closedAt: number,
): { from: number; to: number }[] {
  return spans
    .filter(({ kind }) => kind === "playing")
    .map(({ from, to }) => ({ from: Math.max(from, openedAt), to: Math.min(to, closedAt) }))
    .filter(({ from, to }) => to > from);
}

/** When a beat is due: at each change between playing and not, and each period; in a hidden tab far apart. */
export function nextBeatAt(
  visit: VisitScript,
  { beatSeconds, hiddenBeatSeconds }: { beatSeconds: number; hiddenBeatSeconds: number },
  lastAt: number,
): number {
  const hidden = visit.hidden.find(({ from, to }) => lastAt >= from && lastAt < to);
  if (hidden !== undefined) return Math.min(lastAt + hiddenBeatSeconds, hidden.to, visit.closeAt);
  const change = visit.spans.find(({ from }) => from > lastAt + 1e-3)?.from ?? Number.POSITIVE_INFINITY;
  return Math.min(lastAt + beatSeconds, change, visit.closeAt);
}

/** Of what was played, the seconds within `breaks`. */
export function playedWithin(
  played: readonly { from: number; to: number }[],
  breaks: readonly { from: number; to: number }[],
): number {
  let seconds = 0;
  for (const span of played) {
    for (const { from, to } of breaks) {
      seconds += Math.max(0, Math.min(span.to, to) - Math.max(span.from, from));
    }
  }
  return seconds;
}
