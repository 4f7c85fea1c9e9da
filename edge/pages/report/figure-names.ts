import type { figures } from "../../protocol/figures.ts";

export type FigureName = keyof typeof figures;

/** What each figure is called on the page; what it means stands in `figures`. */
export const figureNames: Record<FigureName, string> = {
  viewer: "Viewer",
  viewersNow: "Watching now",
  uniqueViewers: "Unique viewers",
  signedInViewers: "Signed in",
  seats: "Seats",
  seatsTaken: "Seats taken",
  peakViewers: "Peak viewers",
  watchSeconds: "Watch time",
  averageWatchSeconds: "Average watch time",
  watchShare: "Watch share",
  firstSeenAt: "First seen",
  lastSeenAt: "Last seen",
  joinSeconds: "Join time",
  stalls: "Stalls",
  stallSeconds: "Stalled time",
  stallShare: "Stalled share",
  latencySeconds: "Latency",
  errors: "Errors",
  renditionSeconds: "Renditions",
  devices: "Devices",
  retention: "Retention",
  messages: "Messages",
  questions: "Questions",
  upvotes: "Upvotes",
  votes: "Votes",
  reactions: "Reactions",
  engagementScore: "Engagement score",
  dropOut: "Drop-out",
  chatRate: "Chat rate",
};
