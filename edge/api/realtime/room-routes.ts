/** What rooms ask before they let someone in, and what they count; internal only. */
import { Hono } from "hono";
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import {
  ActivityReport,
  AdmissionRequest,
  type AdmissionResponse,
  type EventJoinResponse,
  JoinRequest,
  type OthersResponse,
  PresenceReport,
  type PresenceResponse,
  type SessionJoinResponse,
} from "../../protocol/internal-rooms.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { ApiEnv } from "../request-context.ts";
import { type Others, OthersMemory } from "../stream-health/others-memory.ts";
import {
  type AudienceScope,
  audienceOfEvent,
  audienceOfSession,
  readOthers,
} from "../stream-health/viewers-now.ts";
import { validate } from "../validate.ts";
import { recordActivity } from "./activity.ts";
import { admit } from "./admission.ts";
import { recordPresence } from "./presence.ts";
import { eventOfSession, judgeViewers, readEventState } from "./room-queries.ts";

const SessionPath = v.object({ id: identifier("session") });
const EventPath = v.object({ id: identifier("event") });

export function roomRoutes(deps: ApiDependencies): Hono<ApiEnv> {
  const { db, environment, clock } = deps;
  const routes = new Hono<ApiEnv>();
  const memoryOf = (scopeOf: (id: string) => AudienceScope) =>
    new OthersMemory(async (ids) => {
      const count = async (id: string) =>
        [id, await readOthers(db, scopeOf(id), environment.beatSeconds, clock())] as const;
      return new Map(await Promise.all(ids.map(count)));
    }, deps.waitUntil);
  const ofSessions = memoryOf(audienceOfSession);
  const ofEvents = memoryOf(audienceOfEvent);

  routes.post("/internal/realtime/admission", validate("json", AdmissionRequest), async (c) => {
    const viewers = await admit(deps, c.req.valid("json").tokens);
    return c.json({ viewers } satisfies v.InferOutput<typeof AdmissionResponse>);
  });

  routes.post(
    "/internal/sessions/:id/join",
    validate("param", SessionPath),
    validate("json", JoinRequest),
    async (c) => {
      const eventId = await eventOfSession(db, c.req.valid("param").id);
      const { viewers } = c.req.valid("json");
      const verdicts = await judgeViewers(db, eventId, viewers, c.req.valid("param").id);
      return c.json({ eventId, verdicts } satisfies v.InferOutput<typeof SessionJoinResponse>);
    },
  );

  routes.post(
    "/internal/events/:id/join",
    validate("param", EventPath),
    validate("json", JoinRequest),
    async (c) => {
      const { id } = c.req.valid("param");
      const [state, verdicts] = await Promise.all([
        readEventState(db, id),
        judgeViewers(db, id, c.req.valid("json").viewers),
      ]);
      return c.json({ state, verdicts } satisfies v.InferOutput<typeof EventJoinResponse>);
    },
  );

  routes.get("/internal/events/:id/state", validate("param", EventPath), async (c) =>
    c.json(await readEventState(db, c.req.valid("param").id)),
  );

  routes.post("/internal/presence", validate("json", PresenceReport), async (c) => {
    const peak = await recordPresence(db, c.req.valid("json"));
    return c.json({ peak } satisfies v.InferOutput<typeof PresenceResponse>);
  });

  routes.get("/internal/sessions/:id/others", validate("param", SessionPath), async (c) =>
    c.json(await othersFrom(ofSessions, c.req.valid("param").id)),
  );

  routes.get("/internal/events/:id/others", validate("param", EventPath), async (c) =>
    c.json(await othersFrom(ofEvents, c.req.valid("param").id)),
  );

  routes.post(
    "/internal/sessions/:id/activity",
    validate("param", SessionPath),
    validate("json", ActivityReport),
    async (c) => {
      await recordActivity(db, c.req.valid("param").id, c.req.valid("json"), clock());
      return c.body(null, 204);
    },
  );

  return routes;
}

async function othersFrom(memory: OthersMemory, id: string): Promise<OthersResponse> {
  const [{ others, countedAt }] = (await memory.read([id])) as [Others];
  return { others, ageMs: Date.now() - countedAt };
}
