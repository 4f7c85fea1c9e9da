import { Hono } from "hono";
import { deleteCookie } from "hono/cookie";
import * as v from "valibot";
import { type LoginSession, LoginSessionList } from "../../protocol/accounts.ts";
import { identifier } from "../../protocol/identifier.ts";
import { listQueryEntries } from "../../protocol/list.ts";
import { Problem } from "../../protocol/problem.ts";
import { requireUser, sessionCookie } from "../authentication.ts";
import { decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import { tellGateways } from "../realtime/revocations.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { presentLogin } from "./account-views.ts";
import { endLogins, listLogins } from "./logins-queries.ts";

const tag = "Authentication";
const LoginPath = v.object({ id: identifier("login") });

/** The devices one is signed in on. */
export function loginsRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const routes = new Hono<ApiEnv>()
    .get(
      "/api/auth/sessions",
      operation({
        id: "listLogins",
        summary: "The devices you are signed in on",
        tag,
        answers: { 200: { description: "Newest first", schema: LoginSessionList } },
        problems: ["invalid"],
      }),
      validate("query", v.object(listQueryEntries)),
      async (c) => {
        const { user, login } = requireUser(c);
        const { limit, cursor } = c.req.valid("query");
        const rows = await listLogins(db, {
          userId: user.id,
          now: deps.clock(),
          limit: limit + 1,
          ...(cursor === undefined ? {} : { after: decodeTimeCursor(cursor) }),
        });
        const { items: page, nextCursor } = pageOf(rows, limit, (last) => [
          last.createdAt.toISOString(),
          last.id,
        ]);
        c.header("cache-control", "no-store");
        return c.json({
          items: page.map((row): LoginSession => presentLogin(row, login.id)),
          nextCursor,
        });
      },
    )
    .delete(
      "/api/auth/sessions/:id",
      operation({
        id: "endLogin",
        summary: "Sign a device out: its token ends, and the sockets opened with it",
        tag,
        answers: { 204: { description: "Signed out there" } },
        problems: ["not-found"],
      }),
      validate("param", LoginPath),
      async (c) => {
        const { user, login } = requireUser(c);
        const { id } = c.req.valid("param");
        const revocations = await db.transaction((transaction) =>
          endLogins(transaction, user.id, deps.clock(), { only: id }),
        );
        if (revocations.length === 0) throw new Problem("not-found");
        tellGateways(deps, revocations);
        if (id === login.id) deleteCookie(c, sessionCookie, { path: "/" });
        return c.body(null, 204);
      },
    );

  return routes;
}
