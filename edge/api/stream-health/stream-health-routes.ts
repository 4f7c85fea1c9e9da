import { Hono } from "hono";
import * as v from "valibot";
import { Instant } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { StreamAnalytics, StreamStats } from "../../protocol/stream-health.ts";
import { refreshReport } from "../analytics/report-freshness.ts";
import { accessOf } from "../authorisation/authorise.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { readInstant } from "../events/event-times.ts";
import { operation } from "../openapi.ts";
import { passEndsAt, signViewingPass } from "../playback/viewing-pass.ts";
import type { ApiEnv } from "../request-context.ts";
import { recordingFileUrl } from "../streams/stream-addresses.ts";
import { StreamPath, visibleStream } from "../streams/stream-routes.ts";
import { validate } from "../validate.ts";
import { readAnalytics, spanOf } from "./stream-analytics.ts";
import { readStats } from "./stream-stats.ts";

const AnalyticsQuery = v.object({ from: v.optional(Instant), to: v.optional(Instant) });

export function streamHealthRoutes(deps: ApiDependencies) {
  const { db, environment, clock } = deps;
  return new Hono<ApiEnv>()
    .get(
      "/api/streams/:id/stats",
      operation({
        id: "getStreamStats",
        summary: "See how a stream does now",
        tag: "Streams",
        description:
          "`now` is at most a minute old, and usually ten seconds. `shed` says which qualities the machine does not make at the moment and why, `warnings` what the person at the encoder can mend. `thumbnailUrl` is renewed every few seconds; its address holds for four hours, and there is nothing behind it before the first picture.",
        answers: { 200: { description: "Figures, warnings and a picture", schema: StreamStats } },
      }),
      validate("param", StreamPath),
      async (c) => {
        const { row, nodeHlsHost } = visibleStream(c);
        const { playbackId } = row;
        const viewerId = c.var.principal?.user.id ?? row.id;
        const pass = await signViewingPass(deps, row, { playbackId, viewerId }, passEndsAt(c, deps));
        const host = nodeHlsHost || environment.hlsHost;
        const thumbnailUrl = recordingFileUrl(host, playbackId, pass, "thumbnail.jpg");
        const stats = await readStats(db, row, thumbnailUrl, environment.beatSeconds, clock());
        return c.json(stats satisfies StreamStats, 200, { "cache-control": "no-store" });
      },
    )
    .get(
      "/api/streams/:id/analytics",
      operation({
        id: "getStreamAnalytics",
        summary: "See how a stream did over time",
        tag: "Streams",
        description:
          "At most 360 samples between `from` and `to`, oldest first: each sums up its slice of the time, with rates as they were on the whole and trouble as it was at worst. Without `from` it is the newest broadcast, without `to` until now. Samples of ten seconds are kept for two days, of five minutes for ninety. `broadcasts` are those of that time, at most the last hundred. `viewers` of a sample is what the live count said then; `peakViewers` of a broadcast is as in the event's report. `audience` has who watched by players and playlists in that time, for how long and how well: sockets in the session's room are its session's, in the event's report.",
        answers: { 200: { description: "Broadcasts and samples", schema: StreamAnalytics } },
        problems: ["invalid"],
      }),
      validate("param", StreamPath),
      validate("query", AnalyticsQuery),
      async (c) => {
        const { from, to } = c.req.valid("query");
        const until = to === undefined ? clock() : readInstant(to, "/to");
        const since = from === undefined ? null : readInstant(from, "/from");
        if (since !== null && since > until) {
          throw new Problem("invalid", { errors: [{ pointer: "/from", detail: "is after the end" }] });
        }
        const { id } = c.req.valid("param");
        const eventId = accessOf(c).event?.id;
        if (eventId !== undefined) await refreshReport(deps, eventId);
        const analytics = await readAnalytics(db, id, await spanOf(db, id, since, until));
        return c.json(analytics satisfies StreamAnalytics);
      },
    );
}
