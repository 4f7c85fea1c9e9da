/** How the session rooms write and read a session's log; internal only. */
import { Hono } from "hono";
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import type { LogPage, SnapshotResponse } from "../../protocol/internal-rooms.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { settleDuePollsOf } from "../polls/settle-due-polls.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { CommitBatch, parseBatch, placeResults } from "./commit-batch.ts";
import { commitSession } from "./commit-session.ts";
import { readLog, readSnapshot } from "./session-log-queries.ts";

const SessionPath = v.object({ id: identifier("session") });
const wholeNumber = (fallback: string, max: number) =>
  v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,15}$/, "is not a whole number"), v.transform(Number), v.maxValue(max)),
    fallback,
  );
const LogQuery = v.object({
  after: wholeNumber("0", Number.MAX_SAFE_INTEGER),
  limit: v.pipe(wholeNumber("1000", 1000), v.minValue(1)),
});

export function sessionLogRoutes(deps: ApiDependencies): Hono<ApiEnv> {
  const { db, commitDb } = deps;
  return new Hono<ApiEnv>()
    .post(
      "/internal/sessions/:id/commit",
      validate("param", SessionPath),
      validate("json", CommitBatch),
      async (c) => {
        const batch = parseBatch(c.req.valid("json").commands);
        // Also with nothing left to do: the answer says where the log stands.
        const committed = await commitSession(commitDb, c.req.valid("param").id, batch.commands);
        return c.json(placeResults(batch, committed));
      },
    )
    .get(
      "/internal/sessions/:id/log",
      validate("param", SessionPath),
      validate("query", LogQuery),
      async (c) => {
        const { id } = c.req.valid("param");
        const { after, limit } = c.req.valid("query");
        await settleDuePollsOf(id, deps);
        return c.json((await readLog(db, id, after, limit)) satisfies LogPage);
      },
    )
    .get("/internal/sessions/:id/snapshot", validate("param", SessionPath), async (c) =>
      c.json((await readSnapshot(db, c.req.valid("param").id)) satisfies SnapshotResponse),
    );
}
