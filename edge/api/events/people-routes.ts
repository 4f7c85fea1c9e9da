import { type Context, Hono } from "hono";
import * as v from "valibot";
import { Attendee, Ban, Member, SetMemberRequest, Waiting } from "../../protocol/events.ts";
import { identifier } from "../../protocol/identifier.ts";
import { listOf, listQueryEntries } from "../../protocol/list.ts";
import { audit } from "../audit/audit.ts";
import { requireUser } from "../authentication.ts";
import { decodePositionCursor, decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import { tellGateways } from "../realtime/revocations.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { banUser, removeMember, setMember, unbanUser } from "./people-changes.ts";
import {
  type After,
  listAttendees,
  listBans,
  listMembers,
  listWaiting,
  type Placed,
  toBan,
} from "./people-queries.ts";

const tag = "Events";
const EventPath = v.object({ id: identifier("event") });
const PersonPath = v.object({ id: identifier("event"), userId: identifier("user") });
const ListQuery = v.object(listQueryEntries);
type ListQuery = v.InferOutput<typeof ListQuery>;

/** Who is in an event, with which role, and who may not be. */
export function peopleRoutes(deps: ApiDependencies) {
  const { db, clock } = deps;
  const routes = new Hono<ApiEnv>()
    .get(
      "/api/events/:id/attendees",
      operation({
        id: "listAttendees",
        summary: "List who has joined, in the order of joining",
        tag,
        answers: { 200: { description: "A page of attendees", schema: listOf(Attendee) } },
        problems: ["invalid"],
      }),
      validate("param", EventPath),
      validate("query", ListQuery),
      async (c) =>
        c.json(
          await page(c.req.valid("query"), (...at) => listAttendees(db, c.req.valid("param").id, ...at)),
        ),
    )
    .get(
      "/api/events/:id/waitlist",
      operation({
        id: "listWaitlist",
        summary: "List who waits for a seat, the next first",
        tag,
        answers: { 200: { description: "A page of people", schema: listOf(Waiting) } },
        problems: ["invalid"],
      }),
      validate("param", EventPath),
      validate("query", ListQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid("query");
        const after = cursor === undefined ? 0 : decodePositionCursor(cursor);
        const found = await listWaiting(db, c.req.valid("param").id, limit + 1, after);
        const { items: rows, nextCursor } = pageOf(found, limit, (last) => [String(last.position)]);
        return c.json({
          items: rows.map(({ item }) => item),
          nextCursor,
        });
      },
    )
    .get(
      "/api/events/:id/members",
      operation({
        id: "listMembers",
        summary: "List the roles that hold in this event",
        tag,
        answers: { 200: { description: "A page of roles", schema: listOf(Member) } },
        problems: ["invalid"],
      }),
      validate("param", EventPath),
      validate("query", ListQuery),
      async (c) =>
        c.json(await page(c.req.valid("query"), (...at) => listMembers(db, c.req.valid("param").id, ...at))),
    )
    .put(
      "/api/events/:id/members/:userId",
      operation({
        id: "setMember",
        summary: "Give someone a role in this event",
        tag,
        description:
          "Holds here only, and the higher of it and the global role counts. Where it is lowered, or becomes staff, the person's sockets in this event are closed with 4401, to come back with what holds now.",
        answers: { 200: { description: "The role", schema: Member } },
        problems: ["malformed", "too-large", "unsupported-media-type", "invalid", "not-found", "conflict"],
      }),
      validate("param", PersonPath),
      validate("json", SetMemberRequest),
      async (c) => {
        const { id: eventId, userId } = c.req.valid("param");
        const { role } = c.req.valid("json");
        const change = await db.transaction(async (tx) => {
          const done = await setMember(tx, eventId, userId, role);
          await auditPerson(tx, c, "member.set", { before: done.before, after: role });
          return done;
        });
        tellGateways(deps, change.revocations);
        return c.json({ eventId, userId, role } satisfies Member);
      },
    )
    .delete(
      "/api/events/:id/members/:userId",
      operation({
        id: "removeMember",
        summary: "Take someone's role in this event",
        tag,
        description: "A seat stays. Without effect where there is no such role.",
        answers: { 204: { description: "The role is gone" } },
      }),
      validate("param", PersonPath),
      async (c) => {
        const { id: eventId, userId } = c.req.valid("param");
        const change = await db.transaction(async (tx) => {
          const done = await removeMember(tx, eventId, userId);
          if (done.before) await auditPerson(tx, c, "member.removed", { before: done.before });
          return done;
        });
        tellGateways(deps, change.revocations);
        return c.body(null, 204);
      },
    )
    .get(
      "/api/events/:id/bans",
      operation({
        id: "listBans",
        summary: "List who is banned",
        tag,
        answers: { 200: { description: "A page of bans", schema: listOf(Ban) } },
        problems: ["invalid"],
      }),
      validate("param", EventPath),
      validate("query", ListQuery),
      async (c) =>
        c.json(await page(c.req.valid("query"), (...at) => listBans(db, c.req.valid("param").id, ...at))),
    )
    .post(
      "/api/events/:id/bans/:userId",
      operation({
        id: "banUser",
        summary: "Ban someone from an event",
        tag,
        description:
          "Takes the seat, the place in line and the role, closes the person's sockets in this event with 4403, and refuses the next join. Staff cannot be banned.",
        answers: {
          200: { description: "The person was banned already", schema: Ban },
          201: { description: "The ban", schema: Ban },
        },
        problems: ["not-found", "conflict"],
      }),
      validate("param", PersonPath),
      async (c) => {
        const { id: eventId, userId } = c.req.valid("param");
        const bannedBy = requireUser(c).user.id;
        const change = await db.transaction(async (tx) => {
          const done = await banUser(tx, eventId, userId, bannedBy, clock());
          if (done.isNew) await auditPerson(tx, c, "ban.created", {});
          return done;
        });
        tellGateways(deps, change.revocations);
        return c.json(toBan(change.ban), change.isNew ? 201 : 200);
      },
    )
    .delete(
      "/api/events/:id/bans/:userId",
      operation({
        id: "unbanUser",
        summary: "Lift a ban",
        tag,
        description: "Gives nothing back: the person may join again. Without effect where there is no ban.",
        answers: { 204: { description: "There is no ban" } },
      }),
      validate("param", PersonPath),
      async (c) => {
        const { id: eventId, userId } = c.req.valid("param");
        await db.transaction(async (tx) => {
          if (await unbanUser(tx, eventId, userId)) await auditPerson(tx, c, "ban.lifted", {});
        });
        return c.body(null, 204);
      },
    );

  return routes;
}

/** Writes down what was done with the person that the path names, in its event. */
function auditPerson(
  tx: Parameters<typeof audit>[0],
  c: Context<ApiEnv>,
  action: `${string}.${string}`,
  detail: Record<string, string | null>,
): Promise<void> {
  const { id: eventId = "", userId = "" } = c.req.param() as { id?: string; userId?: string };
  return audit(tx, c, { action, subject: { kind: "user", id: userId }, eventId, detail });
}

async function page<T>(
  { limit, cursor }: ListQuery,
  read: (limit: number, after: After | null) => Promise<Placed<T>[]>,
) {
  // One more than asked for tells whether there is a next page.
  const found = await read(limit + 1, cursor === undefined ? null : decodeTimeCursor(cursor));
  const { items: rows, nextCursor } = pageOf(found, limit, (last) => [last.at.toISOString(), last.userId]);
  return {
    items: rows.map(({ item }) => item),
    nextCursor,
  };
}
