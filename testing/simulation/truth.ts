/** What is true of an audience whose every step is known: the figures of edge/protocol/figures.ts, from the steps. */

/** One time that a player was really open. Times in seconds since 1970, by the clock of the server. */
export interface LivedVisit {
  /** What the system calls this viewer. */
  viewerId: string;
  stage: number;
  from: number;
  to: number;
  /** When it played and a player or a client said so. */
  played: readonly { from: number; to: number }[];
  /** Since when somebody was told that it was open: whose first beats are lost came unseen. */
  toldFrom: number;
  /** Of what was played, seconds behind the last beat that was answered: who goes without a word takes them along. */
  untoldSeconds: number;
}

export interface TrueAudience {
  uniqueViewers: number;
  peakViewers: number;
  /** The same of those of whom somebody had been told by then. */
  toldPeakViewers: number;
  watchSeconds: number;
  watchedBy: ReadonlyMap<string, number>;
  untoldBy: ReadonlyMap<string, number>;
}

const markSeconds = 10;

/** Of the visits given: an event's, or one session's. */
export function trueAudience(visits: readonly LivedVisit[]): TrueAudience {
  const watchedBy = new Map<string, number>();
  const untoldBy = new Map<string, number>();
  for (const [viewerId, own] of byViewer(visits)) {
    watchedBy.set(viewerId, watchedSeconds(own));
    untoldBy.set(viewerId, sum(own.map(({ untoldSeconds }) => untoldSeconds)));
  }
  return {
    uniqueViewers: watchedBy.size,
    peakViewers: peakOf(visits),
    toldPeakViewers: peakOf(
      visits.map((visit) => ({ ...visit, from: Math.max(visit.from, visit.toldFrom) })),
    ),
    watchSeconds: sum([...watchedBy.values()]),
    watchedBy,
    untoldBy,
  };
}

function byViewer(visits: readonly LivedVisit[]): Map<string, LivedVisit[]> {
  const grouped = new Map<string, LivedVisit[]>();
  for (const visit of visits) {
    const own = grouped.get(visit.viewerId);
    if (own === undefined) grouped.set(visit.viewerId, [visit]);
    else own.push(visit);
  }
  return grouped;
}

/** Of one viewer: all devices together, and never more than a minute of a minute. */
function watchedSeconds(visits: readonly LivedVisit[]): number {
  const byMinute = new Map<number, number>();
  for (const { from, to } of visits.flatMap(({ played }) => played)) {
    for (let minute = Math.floor(from / 60); minute * 60 < to; minute++) {
      const seconds = Math.min(to, (minute + 1) * 60) - Math.max(from, minute * 60);
      byMinute.set(minute, (byMinute.get(minute) ?? 0) + seconds);
    }
  }
  return sum([...byMinute.values()].map((seconds) => Math.min(60, seconds)));
}

/** The most viewers at any full ten seconds. */
function peakOf(visits: readonly LivedVisit[]): number {
  const present = new Map<number, Set<string>>();
  for (const { viewerId, from, to } of visits) {
    for (let mark = Math.ceil(from / markSeconds); mark * markSeconds <= to; mark++) {
      const viewers = present.get(mark) ?? new Set();
      present.set(mark, viewers.add(viewerId));
    }
  }
  return Math.max(0, ...[...present.values()].map(({ size }) => size));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
