import { Hono } from "hono";
import * as v from "valibot";
import { ReplayItem } from "../../protocol/engagement.ts";
import { identifier } from "../../protocol/identifier.ts";
import { listOf, listQueryEntries } from "../../protocol/list.ts";
import { Problem } from "../../protocol/problem.ts";
import { decodePositionCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { instantOf, parsePoint, type ReplayPoint } from "./media-clock.ts";
import { readBroadcastStart, readReplay } from "./replay-queries.ts";

const SessionPath = v.object({ id: identifier("session") });
const Point = v.pipe(
  v.string(),
  v.maxLength(40),
  v.check((text) => parsePoint(text) !== null, "is neither seconds nor an instant"),
);
const ReplayQuery = v.object({ ...listQueryEntries, from: v.optional(Point), to: v.optional(Point) });

/** A session's log by media time, so that a recording shows what was said as it was. */
export function replayRoutes({ db }: ApiDependencies) {
  return new Hono<ApiEnv>().get(
    "/api/sessions/:id/replay",
    operation({
      id: "getSessionReplay",
      summary: "Replay what was said in a session",
      tag: "Events",
      description:
        "The events of chat, questions and polls as everyone may see them now, in the order in which they were. `from` (included) and `to` (not) are seconds after the broadcast's first picture, also negative, or instants; `mediaSeconds` places each event beside the pictures.",
      answers: { 200: { description: "A page of events", schema: listOf(ReplayItem) } },
      problems: ["invalid"],
    }),
    validate("param", SessionPath),
    validate("query", ReplayQuery),
    async (c) => {
      const { id } = c.req.valid("param");
      const { limit, cursor, from, to } = c.req.valid("query");
      const after = cursor === undefined ? 0 : decodePositionCursor(cursor);
      const startedAt = await readBroadcastStart(db, id);
      const span = { from: pointIn("from", from, startedAt), to: pointIn("to", to, startedAt), after };
      const found = await readReplay(db, id, span, startedAt, limit + 1);
      return c.json(pageOf(found, limit, (last) => [String(last.seq)]));
    },
  );
}

function pointIn(name: "from" | "to", text: string | undefined, startedAt: number | null): number | null {
  if (text === undefined) return null;
  const at = instantOf(parsePoint(text) as ReplayPoint, startedAt);
  if (at !== null) return at;
  throw new Problem("invalid", {
    errors: [{ pointer: `/${name}`, detail: "is in seconds, and there has been no broadcast" }],
  });
}
