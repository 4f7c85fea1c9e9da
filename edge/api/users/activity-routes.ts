import { Hono } from "hono";
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { ActivityList, ActivityQuery, UserData } from "../../protocol/user-activity.ts";
import { requireUser } from "../authentication.ts";
import { decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { answerFile } from "../streamed-answer.ts";
import { validate } from "../validate.ts";
import { listActivity } from "./activity-queries.ts";
import { dataFile } from "./data-file.ts";
import { findUser } from "./users-queries.ts";

const tag = "Users";
const UserPath = v.object({ id: identifier("user") });

/** What somebody did here, and what is kept about them. */
export function activityRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const routes = new Hono<ApiEnv>()
    .get(
      "/api/users/:id/activity",
      operation({
        id: "listUserActivity",
        summary: "List what a user did, newest first",
        tag,
        description:
          "Sign-ins, events joined, sessions attended, messages, questions, upvotes, votes, reactions (of a session in sum), and what moderators did about them.",
        answers: { 200: { description: "A page of deeds", schema: ActivityList } },
        problems: ["invalid"],
      }),
      validate("param", UserPath),
      validate("query", ActivityQuery),
      async (c) => {
        const { id: userId } = c.req.valid("param");
        const { limit, cursor, eventId = null } = c.req.valid("query");
        const found = await listActivity(
          db,
          { userId, isSelf: requireUser(c).user.id === userId, eventId },
          { after: cursor === undefined ? null : decodeTimeCursor(cursor), limit: limit + 1 },
        );
        const { items, nextCursor } = pageOf(found, limit, (last) => [last.at, last.id]);
        return c.json({ items, nextCursor } satisfies v.InferOutput<typeof ActivityList>, 200, {
          "cache-control": "no-store",
        });
      },
    )
    .get(
      "/api/users/:id/data",
      operation({
        id: "exportUserData",
        summary: "Download everything that is kept about a user",
        tag,
        description:
          "One JSON object: the account, devices signed in, events with seats and roles, all that `activity` lists, watching by the hour, players opened, and the audit log's entries by and about the person. The file is made while it is read: one that was broken off is no JSON.",
        answers: { 200: { description: "The file", schema: UserData } },
        problems: ["not-found"],
      }),
      validate("param", UserPath),
      async (c) => {
        const { id: userId } = c.req.valid("param");
        const user = await findUser(db, userId);
        if (user === null) throw new Problem("not-found");
        return answerFile(deps, c, {
          name: `${user.name} ${deps.clock().toISOString().slice(0, 10)}.json`,
          contentType: "application/json",
          text: dataFile(db, user, requireUser(c).user.id === userId, deps.clock()),
        });
      },
    );
  return routes;
}
