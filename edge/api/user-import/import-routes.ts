import { Hono } from "hono";
import { Problem, problemCatalogue } from "../../protocol/problem.ts";
import { ImportMessage, ImportQuery } from "../../protocol/user-import.ts";
import { audit } from "../audit/audit.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { sendDueMails } from "../mail/mail-queue.ts";
import { operation } from "../openapi.ts";
import { tellGateways } from "../realtime/revocations.ts";
import type { ApiContext, ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { readCsvRows } from "./csv-rows.ts";
import { importAnswer } from "./import-answer.ts";
import { readImportedEvent } from "./import-queries.ts";
import type { ReadRow } from "./import-row.ts";
import { readJsonRows } from "./json-rows.ts";
import { UserImport } from "./run-import.ts";

/** The one operation whose bodies may be larger than others'; it counts them itself. */
export const importPath = "/api/users/import";

/** Many people at once, from a spreadsheet or a program. */
export function importRoutes(deps: ApiDependencies) {
  const { db, clock } = deps;
  const routes = new Hono<ApiEnv>().post(
    importPath,
    operation({
      id: "importUsers",
      summary: "Import users from CSV or JSON",
      tag: "Users",
      description: [
        "`text/csv`: UTF-8, commas or semicolons, a first line that names the columns `email`, `name`, `role`; or",
        "`application/json`: `{users: [{email, name, role}]}`. New people get an account without a password and a mail",
        "to choose one. Known ones get the name and role of the file. With `eventId` everyone joins that event, and",
        "roles hold there only. The whole file is read before anything is done: a file that cannot be read is refused.",
        "Then each row is answered as a line of NDJSON, with `progress` in between and a `summary` at the end.",
      ].join(" "),
      binaryBody: ["text/csv", "application/json"],
      answers: {
        200: {
          description: "One JSON object a line",
          schema: ImportMessage,
          contentType: "application/x-ndjson",
        },
      },
      problems: ["malformed", "invalid", "too-large", "unsupported-media-type", "not-found", "event-over"],
    }),
    validate("query", ImportQuery),
    async (c) => {
      const { dryRun, eventId = null, role = null } = c.req.valid("query");
      if (eventId !== null) {
        const event = await readImportedEvent(db, eventId);
        if (event === null) throw new Problem("not-found", { detail: "There is no such event." });
        if (event.isOver) throw new Problem("event-over");
        if (role === "admin") throw adminOfAnEvent();
      }
      const rows = await readRows(c);
      const run = new UserImport(db, rows, {
        dryRun,
        eventId,
        defaultRole: role,
        invites: !dryRun && deps.mail.leaves && rows.length <= deps.mail.mostAtOnce,
        clock,
      });
      const answer = importAnswer(rows.length, run, dryRun, {
        told: (revocations) => tellGateways(deps, revocations),
        failed: (error) => describeFailure(c, error),
        ended: async () => {
          if (dryRun) return;
          const { created, updated, skipped, invalid } = run.counts;
          await audit(db, c, {
            action: "users.imported",
            subject: { kind: "import", id: c.var.requestId },
            eventId,
            detail: { created, updated, skipped, invalid },
          });
          deps.waitUntil(sendDueMails(deps));
        },
      });
      // Where connections live as long as a request, this one lasts until its last line.
      deps.waitUntil(answer.ended);
      return c.body(answer.body, 200, {
        "content-type": "application/x-ndjson",
        "cache-control": "no-store",
        // nginx must hand lines on as they come.
        "x-accel-buffering": "no",
      });
    },
  );

  return routes;
}

function readRows(c: ApiContext): Promise<ReadRow[]> {
  const type = (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const read = /^(text|application)\/csv$/.test(type)
    ? readCsvRows
    : /^application\/([\w.-]+\+)?json$/.test(type)
      ? readJsonRows
      : null;
  if (read === null) {
    throw new Problem("unsupported-media-type", { detail: "Send text/csv or application/json." });
  }
  return bodyOf(c).then(read);
}

/** With an Idempotency-Key the body has been read already. */
async function bodyOf(c: ApiContext): Promise<ReadableStream<Uint8Array> | null> {
  if (!c.req.raw.bodyUsed) return c.req.raw.body;
  return new Response(await c.req.arrayBuffer()).body;
}

function adminOfAnEvent(): Problem {
  return new Problem("invalid", { errors: [{ pointer: "/role", detail: "admin is no role in an event" }] });
}

function describeFailure(c: ApiContext, error: unknown): ImportMessage {
  const code = error instanceof Problem ? error.code : "internal";
  c.var.log.error("import-failed", { name: error instanceof Error ? error.name : "unknown" });
  return { type: "error", problem: { type: `/problems/${code}`, ...problemCatalogue[code] } };
}
