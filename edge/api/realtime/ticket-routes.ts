import { Hono } from "hono";
import type * as v from "valibot";
import { gatewayFor, RealtimeTicket } from "../../protocol/realtime.ts";
import { roomPlace, roomProcesses } from "../../protocol/room-placement.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import { anonymousViewerId, newViewersLimiter, ViewerQuery } from "../playback/anonymous-viewer.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { anonymousViewer, viewerOf } from "./admission.ts";
import { issueTicket, ticketSeconds } from "./ticket-store.ts";

export function ticketRoutes(deps: ApiDependencies) {
  const newViewers = newViewersLimiter(deps);
  const routes = new Hono<ApiEnv>().post(
    "/api/realtime/ticket",
    operation({
      id: "createRealtimeTicket",
      secretAnswer: true,
      summary: "Get a ticket for one WebSocket connection",
      tag: "Realtime",
      description:
        "Good for 60 s and one connection to `/ws?token=<ticket>`. Without credentials the ticket is read-only, good for public events.",
      answers: { 200: { description: "The ticket", schema: RealtimeTicket } },
      problems: ["invalid", "too-many-requests"],
    }),
    validate("query", ViewerQuery),
    async (c) => {
      const { principal } = c.var;
      const now = deps.clock();
      const viewer =
        principal === null
          ? anonymousViewer(await anonymousViewerId(c, { ...deps, newViewers }), now)
          : viewerOf(principal);
      const { roomsUrl, gateways } = deps.environment;
      const processes = roomProcesses(roomsUrl).length;
      const place = roomPlace("gateway", gatewayFor(viewer.viewerId, gateways), processes);
      const answer: v.InferOutput<typeof RealtimeTicket> = {
        ticket: await issueTicket(deps.db, viewer, now, processes > 1 ? place : null),
        expiresInSeconds: ticketSeconds,
        readOnly: viewer.readOnly,
      };
      return c.json(answer, 200, { "cache-control": "no-store" });
    },
  );
  return routes;
}
