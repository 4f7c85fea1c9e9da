import { Hono } from "hono";
import * as v from "valibot";
import { Instant, identifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { requireUser } from "../authentication.ts";
import { eventAccessOf } from "../authorisation/authorise.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { refusalToJoin } from "./event-access.ts";
import { leaveSeat, takeSeat } from "./seats.ts";

const tag = "Events";
const EventPath = v.object({ id: identifier("event") });
export const Attendance = v.pipe(
  v.object({ eventId: identifier("event"), userId: identifier("user"), joinedAt: Instant }),
  v.metadata({ ref: "Attendance" }),
);

/** Joining and leaving an event. */
export function seatsRoutes(deps: ApiDependencies): Hono<ApiEnv> {
  const { db } = deps;
  const routes = new Hono<ApiEnv>();

  routes.post(
    "/api/events/:id/join",
    operation({
      id: "joinEvent",
      summary: "Join an event",
      tag,
      answers: {
        200: { description: "You had joined already", schema: Attendance },
        201: { description: "You have joined", schema: Attendance },
      },
      problems: ["event-full", "event-over"],
    }),
    validate("param", EventPath),
    async (c) => {
      const principal = requireUser(c);
      const { id: eventId } = c.req.valid("param");
      const { event, standing } = eventAccessOf(c);
      const refusal = refusalToJoin(event, standing);
      if (refusal) throw new Problem(refusal);
      const userId = principal.user.id;
      const seat = await takeSeat(db, eventId, userId, deps.clock());
      const body: v.InferOutput<typeof Attendance> = {
        eventId,
        userId,
        joinedAt: seat.joinedAt.toISOString(),
      };
      return c.json(body, seat.isNew ? 201 : 200);
    },
  );

  routes.delete(
    "/api/events/:id/join",
    operation({
      id: "leaveEvent",
      summary: "Leave an event",
      tag,
      answers: { 204: { description: "You have left, or had not joined" } },
    }),
    validate("param", EventPath),
    async (c) => {
      const principal = requireUser(c);
      const { id: eventId } = c.req.valid("param");
      await leaveSeat(db, eventId, principal.user.id);
      return c.body(null, 204);
    },
  );

  return routes;
}
