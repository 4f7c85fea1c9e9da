import { type Context, Hono } from "hono";
import * as v from "valibot";
import { Attendance, JoinEventRequest, WaitingPlace } from "../../protocol/events.ts";
import { identifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { createAttemptLimiter } from "../accounts/attempt-limiter.ts";
import { takeAttempts } from "../accounts/sign-in-limits.ts";
import { requireUser } from "../authentication.ts";
import { eventAccessOf } from "../authorisation/authorise.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { accessCodeLimit, isAccessCode } from "./access-code.ts";
import { refusalToJoin } from "./event-access.ts";
import { leaveSeat, type Seat, takePlace, takeSeat } from "./seats.ts";

const tag = "Events";
const EventPath = v.object({ id: identifier("event") });

/** Joining and leaving an event. */
export function seatsRoutes(deps: ApiDependencies) {
  const { db, clock } = deps;
  const limiter = createAttemptLimiter(deps.redis, deps.log, clock);
  const routes = new Hono<ApiEnv>()
    .post(
      "/api/events/:id/join",
      operation({
        id: "joinEvent",
        summary: "Join an event",
        tag,
        description:
          "The body may be left out. An event with an access code asks for it, and takes ten wrong ones in 15 minutes. With `waitlist`, who finds the event full waits in line, and is seated as soon as it is their turn.",
        answers: {
          200: { description: "You had joined already", schema: Attendance },
          201: { description: "You have joined", schema: Attendance },
          202: { description: "You wait for a seat", schema: WaitingPlace },
        },
        problems: [
          "wrong-access-code",
          "event-full",
          "event-over",
          "conflict",
          "malformed",
          "too-large",
          "unsupported-media-type",
          "invalid",
          "too-many-requests",
        ],
      }),
      validate("param", EventPath),
      validate("json", JoinEventRequest, { mayBeAbsent: true }),
      async (c) => {
        const userId = requireUser(c).user.id;
        const { id: eventId } = c.req.valid("param");
        const { accessCode, waitlist } = c.req.valid("json");
        await requireOpenDoor(c, eventId, userId, accessCode ?? null);
        if (!waitlist) return answerSeat(c, eventId, userId, await takeSeat(db, eventId, userId, clock()));
        const place = await takePlace(db, eventId, userId, clock());
        if (place.kind === "seat") return answerSeat(c, eventId, userId, place.seat);
        const { position, waitingSince } = place;
        const answer = { eventId, userId, position, waitingSince: waitingSince.toISOString() };
        return c.json(answer satisfies WaitingPlace, 202);
      },
    )
    .delete(
      "/api/events/:id/join",
      operation({
        id: "leaveEvent",
        summary: "Leave an event, or its waiting list",
        tag,
        answers: { 204: { description: "You have left, or had not joined" } },
      }),
      validate("param", EventPath),
      async (c) => {
        const { id: eventId } = c.req.valid("param");
        const seated = await leaveSeat(db, eventId, requireUser(c).user.id, clock());
        if (seated.length > 0) deps.log.info("seats-filled", { eventId, seats: seated.length });
        return c.body(null, 204);
      },
    );

  /** Throws why this person may not join; wrong codes are counted before they are looked at. */
  async function requireOpenDoor(
    c: Context<ApiEnv>,
    eventId: string,
    userId: string,
    accessCode: string | null,
  ): Promise<void> {
    const { event, standing } = eventAccessOf(c);
    const hash = event.accessCodeHash ?? null;
    const refusal = refusalToJoin(event, standing, { needsCode: hash !== null, codeIsRight: false });
    if (refusal !== "wrong-access-code" || hash === null || accessCode === null) {
      if (refusal) throw new Problem(refusal);
      return;
    }
    const limit = accessCodeLimit(eventId, userId);
    await takeAttempts(limiter, [limit]);
    if (!(await isAccessCode(deps.environment.jwtSecret, eventId, accessCode, hash))) {
      throw new Problem(refusal);
    }
    await limiter.giveBack(limit);
  }

  return routes;
}

function answerSeat(c: Context<ApiEnv>, eventId: string, userId: string, seat: Seat) {
  const answer: Attendance = { eventId, userId, joinedAt: seat.joinedAt.toISOString() };
  return c.json(answer, seat.isNew ? 201 : 200);
}
