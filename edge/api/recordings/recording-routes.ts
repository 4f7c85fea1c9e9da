import { Hono } from "hono";
import * as v from "valibot";
import { identifier, newIdentifier } from "../../protocol/identifier.ts";
import { listQueryEntries } from "../../protocol/list.ts";
import { Problem } from "../../protocol/problem.ts";
import { Recording, RecordingList } from "../../protocol/recordings.ts";
import { audit } from "../audit/audit.ts";
import { accessOf } from "../authorisation/authorise.ts";
import { decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { isStaff } from "../events/event-access.ts";
import { operation } from "../openapi.ts";
import { passEndsAt, signViewingPass } from "../playback/viewing-pass.ts";
import type { ApiContext, ApiEnv } from "../request-context.ts";
import { StreamPath, visibleStream } from "../streams/stream-routes.ts";
import { validate } from "../validate.ts";
import { deleteRecording } from "./recording-deletion.ts";
import { type FoundRecording, findRecording, listRecordings } from "./recording-queries.ts";
import { toRecording } from "./recording-representation.ts";

const RecordingPath = v.object({ id: identifier("recording") });
const ListQuery = v.object(listQueryEntries);
/** Its addresses hold a token. */
const noStore = { "cache-control": "no-store" };

export function recordingRoutes(deps: ApiDependencies) {
  const { db, environment, clock } = deps;

  const represent = async (c: ApiContext, found: FoundRecording): Promise<Recording> => {
    const { row, standing } = visibleStream(c);
    const viewerId = c.var.principal?.user.id ?? newIdentifier("viewer");
    const { playbackId } = found.row;
    const token = await signViewingPass(deps, row, { playbackId, viewerId }, passEndsAt(c, deps));
    return toRecording(found, environment.hlsHost, token, isStaff(standing));
  };

  return new Hono<ApiEnv>()
    .get(
      "/api/streams/:id/recordings",
      operation({
        id: "listRecordings",
        summary: "List a stream's recordings",
        tag: "Recordings",
        description:
          "Newest first; one for each time the stream was live. For whoever may watch the stream. The addresses hold for four hours.",
        answers: { 200: { description: "A page of recordings", schema: RecordingList } },
        problems: ["invalid"],
      }),
      validate("param", StreamPath),
      validate("query", ListQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid("query");
        const after = cursor === undefined ? null : decodeTimeCursor(cursor);
        const found = await listRecordings(db, c.req.valid("param").id, limit + 1, after);
        const { items: page, nextCursor } = pageOf(found, limit, (last) => [
          last.row.startedAt.toISOString(),
          last.row.id,
        ]);
        const items = await Promise.all(page.map((each) => represent(c, each)));
        return c.json({ items, nextCursor }, 200, noStore);
      },
    )
    .get(
      "/api/recordings/:id",
      operation({
        id: "getRecording",
        summary: "Get a recording",
        tag: "Recordings",
        description:
          "For whoever may watch its stream. `playbackUrl` plays all of it as HLS, also while it is recorded; `downloadUrl` and `files` are there when it is `ready`, and answer ranges. The addresses hold for four hours.",
        answers: { 200: { description: "The recording", schema: Recording } },
      }),
      validate("param", RecordingPath),
      async (c) => {
        const found = await findRecording(db, c.req.valid("param").id);
        if (found === null) throw new Problem("not-found");
        return c.json(await represent(c, found), 200, noStore);
      },
    )
    .delete(
      "/api/recordings/:id",
      operation({
        id: "deleteRecording",
        summary: "Delete a recording",
        tag: "Recordings",
        description:
          "Its addresses end within seconds and its files are removed, also while it is recorded: what is left of that broadcast is not recorded then. A copy in a bucket goes with it.",
        answers: { 204: { description: "The recording is gone" } },
      }),
      validate("param", RecordingPath),
      async (c) => {
        const { id } = c.req.valid("param");
        await db.transaction(async (tx) => {
          const detail = await deleteRecording(tx, id, clock());
          const eventId = accessOf(c).event?.id ?? null;
          await audit(tx, c, {
            action: "recording.deleted",
            subject: { kind: "recording", id },
            eventId,
            detail,
          });
        });
        deps.log.info("recording-deleted", { recordingId: id });
        return c.body(null, 204);
      },
    );
}
