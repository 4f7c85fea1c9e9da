import type { EventAnalytics } from "../../protocol/analytics.ts";

const startsAt = Date.parse("2026-03-05T13:00:00.000Z");
const minutes = 150;
const isoAt = (minute: number) => new Date(startsAt + minute * 60_000).toISOString();

function viewersAt(minute: number): number {
  const arrived = 1 - Math.exp(-minute / 12);
  const left = minute > 90 ? 0.62 : 1;
  const pause = minute > 72 && minute < 88 ? 0.55 : 1;
  const wave = 1 + 0.04 * Math.sin(minute / 3) + 0.02 * Math.sin(minute * 2.1);
  return Math.round(1240 * arrived * left * pause * wave * Math.max(0, 1 - Math.max(0, minute - 130) / 24));
}

const engagement: EventAnalytics["summary"]["engagement"] = {
  score: 46.2,
  parts: { watching: 33.1, messages: 4.6, questions: 1.9, upvotes: 2.8, votes: 3.1, reactions: 0.7 },
};
const deeds = { messages: 3412, questions: 87, upvotes: 641, votes: 1904, reactions: 5230 };
const quality = {
  joinSeconds: 1.34,
  stalls: 412,
  stallSeconds: 1530,
  stallShare: 0.0031,
  latencySeconds: 4.2,
  errors: 19,
};
const renditions = [
  { name: "1080p", seconds: 2_410_000 },
  { name: "720p", seconds: 1_204_000 },
  { name: "480p", seconds: 310_000 },
  { name: "360p", seconds: 92_000 },
];
const retention = Array.from({ length: 20 }, (_, index) => ({
  at: index / 20,
  share: Math.max(0, Math.min(1, 1.02 - index * 0.018 - (index > 12 ? 0.12 : 0))),
}));
const session = (id: string, title: string, from: number, to: number | null, viewers: number) => ({
  sessionId: id,
  title,
  startedAt: isoAt(from),
  endedAt: to === null ? null : isoAt(to),
  uniqueViewers: viewers,
  peakViewers: Math.round(viewers * 0.8),
  peakAt: isoAt(from + 20),
  watchSeconds: viewers * 2300,
  averageWatchSeconds: 2300,
  engagement,
  deeds,
  quality,
  renditions,
  averageWatchShare: 0.61,
  retention,
});

/** A report of an afternoon of two sessions, made by hand: for tests, and to look at the page without an event. */
export function testReport(changes: Partial<EventAnalytics> = {}): EventAnalytics {
  const points = Array.from({ length: minutes }, (_, minute) => ({
    at: isoAt(minute),
    viewers: Math.round(viewersAt(minute) * 1.06),
    peakViewers: viewersAt(minute),
    watchSeconds: viewersAt(minute) * 57,
    messages: Math.round(Math.abs(26 * Math.sin(minute / 9)) + (minute % 7)),
  })).filter(({ peakViewers }) => peakViewers > 0);
  const peak = points.reduce((one, other) => (other.peakViewers > one.peakViewers ? other : one));
  const [first, second] = ["ses_opening", "ses_panel"];
  const moment = (
    minute: number,
    kind: EventAnalytics["moments"][number]["kind"],
    text: string,
    sessionId: string | null = first,
  ) => ({ at: isoAt(minute), kind, sessionId, text });
  return {
    eventId: "evt_1",
    title: "Spring conference",
    asOf: isoAt(160),
    from: isoAt(0),
    to: isoAt(minutes),
    summary: {
      uniqueViewers: 1873,
      peakViewers: peak.peakViewers,
      peakAt: peak.at,
      watchSeconds: 4_016_000,
      averageWatchSeconds: 2144,
      engagement,
      deeds,
      quality,
      renditions,
      viewersNow: 0,
      signedInViewers: 1420,
      seats: 2000,
      seatsTaken: 1381,
    },
    curve: { stepSeconds: 60, points },
    moments: [
      moment(2, "session-start", "Opening keynote"),
      moment(3, "stream-start", "Main stage"),
      moment(24, "poll", "Where are you watching from?"),
      moment(38, "stream-lost", "Main stage"),
      moment(39, "stream-start", "Main stage"),
      moment(55, "announcement", "Coffee in the foyer at three"),
      moment(70, "session-end", "Opening keynote"),
      moment(72, "drop-out", "448"),
      moment(86, "session-start", "Panel: what comes after the feed", second),
      moment(92, "drop-out", "391", second),
      moment(104, "poll", "Which of these would you pay for?", second),
      moment(131, "session-end", "Panel: what comes after the feed", second),
    ],
    sessions: [
      session(first!, "Opening keynote", 2, 70, 1611),
      session(second!, "Panel: what comes after the feed", 86, 131, 902),
    ],
    topQuestions: [
      {
        sessionId: first!,
        text: "Will the slides be shared afterwards?",
        askedBy: "Ada Lovelace",
        upvotes: 142,
        answer: "Yes, with the recording, tomorrow at noon.",
      },
      {
        sessionId: second!,
        text: "How do you measure a viewer behind a CDN?",
        askedBy: null,
        upvotes: 97,
        answer: null,
      },
      {
        sessionId: second!,
        text: "What would you build differently if you began today?",
        askedBy: "Grace Hopper",
        upvotes: 61,
        answer: null,
      },
    ],
    polls: [
      {
        sessionId: first!,
        question: "Where are you watching from?",
        voters: 1024,
        options: [
          { text: "Home", votes: 604 },
          { text: "The office", votes: 338 },
          { text: "On the move", votes: 82 },
        ],
      },
      {
        sessionId: second!,
        question: "Which of these would you pay for?",
        voters: 622,
        options: [
          { text: "Recordings without a limit", votes: 301 },
          { text: "More languages", votes: 288 },
          { text: "An hour with the speakers", votes: 212 },
          { text: "None", votes: 40 },
        ],
      },
    ],
    devices: [
      { device: "desktop", viewers: 1120 },
      { device: "phone", viewers: 640 },
      { device: "tablet", viewers: 98 },
      { device: "tv", viewers: 31 },
    ],
    browsers: [
      { browser: "Chrome", viewers: 1010 },
      { browser: "Safari", viewers: 522 },
      { browser: "Firefox", viewers: 204 },
      { browser: "Edge", viewers: 180 },
    ],
    ...changes,
  };
}

/** The same of an event to which nobody came. */
export function emptyReport(): EventAnalytics {
  const report = testReport();
  const none = { messages: 0, questions: 0, upvotes: 0, votes: 0, reactions: 0 };
  return {
    ...report,
    from: null,
    to: null,
    summary: {
      ...report.summary,
      uniqueViewers: 0,
      peakViewers: 0,
      peakAt: null,
      watchSeconds: 0,
      averageWatchSeconds: 0,
      engagement: { score: 0, parts: { watching: 0, ...none } },
      deeds: none,
      quality: {
        joinSeconds: null,
        stalls: 0,
        stallSeconds: 0,
        stallShare: null,
        latencySeconds: null,
        errors: 0,
      },
      renditions: [],
      signedInViewers: 0,
      seats: 0,
      seatsTaken: 0,
    },
    curve: { stepSeconds: 60, points: [] },
    moments: [],
    sessions: [],
    topQuestions: [],
    polls: [],
    devices: [],
    browsers: [],
  };
}
