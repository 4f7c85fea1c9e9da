import { EventAnalytics } from "../../protocol/analytics.ts";
import { Event as EventSchema } from "../../protocol/events.ts";
import { parsedBodyOf, rostrum } from "../shared/api-client.ts";
import type { EventFacts } from "../watch/stream-loader.ts";

export interface LoadedReport {
  report: EventAnalytics;
  event: EventFacts;
}

/** Throws ApiError. */
export async function loadReport(eventId: string): Promise<LoadedReport> {
  const param = { id: encodeURIComponent(eventId) };
  const one = rostrum.api.events[":id"];
  const [report, event] = await Promise.all([
    parsedBodyOf(one.analytics.$get({ param }), EventAnalytics),
    parsedBodyOf(one.$get({ param }), EventSchema),
  ]);
  return { report, event };
}
