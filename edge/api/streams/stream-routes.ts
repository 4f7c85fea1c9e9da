import { Hono } from "hono";
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import { listOf, listQueryEntries } from "../../protocol/list.ts";
import { Problem } from "../../protocol/problem.ts";
import {
  CreateStreamRequest,
  KeyRegenerated,
  Stream,
  StreamCreated,
  UpdateStreamRequest,
} from "../../protocol/streams.ts";
import { type AuditAct, audit } from "../audit/audit.ts";
import { accessOf } from "../authorisation/authorise.ts";
import { decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { isStaff } from "../events/event-access.ts";
import { answerWithTag, requireUnchanged } from "../http-validators.ts";
import { operation } from "../openapi.ts";
import type { ApiContext, ApiEnv } from "../request-context.ts";
import { OthersMemory } from "../stream-health/others-memory.ts";
import { readOthersOfStreams } from "../stream-health/viewers-now.ts";
import { validate } from "../validate.ts";
import { ingestUrl } from "./stream-addresses.ts";
import { announceBinding, announceStream } from "./stream-announcement.ts";
import { createStream, endStream, regenerateStreamKey, revokePlayback } from "./stream-changes.ts";
import { type FoundStream, findStreamForAnyone, listStreams } from "./stream-queries.ts";
import { toStream } from "./stream-representation.ts";
import { deleteStream, updateStream } from "./update-stream.ts";

export const StreamPath = v.object({ id: identifier("stream") });
const ListQuery = v.object(listQueryEntries);
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

export function streamRoutes(deps: ApiDependencies) {
  const { db, environment, clock } = deps;
  const hosts = {
    hlsHost: environment.hlsHost,
    ingestUrl: ingestUrl(environment.rtmpHost, environment.rtmpPort),
  };

  const others = new OthersMemory(
    (ids) => readOthersOfStreams(db, ids, environment.beatSeconds, clock()),
    deps.waitUntil,
  );
  const represent = async (found: readonly FoundStream[]): Promise<Stream[]> => {
    const counted = await others.read(found.map(({ row }) => row.id));
    return found.map((each, index) =>
      toStream(
        { ...each, others: counted[index]?.others ?? 0, staff: isStaff(each.standing) },
        hosts,
        clock(),
      ),
    );
  };
  const representOne = async (found: FoundStream) => (await represent([found]))[0]!;
  const routes = new Hono<ApiEnv>()
    .get(
      "/api/streams",
      operation({
        id: "listStreams",
        summary: "List streams",
        tag: "Streams",
        description: "Newest first. Admins and moderators see all, others those of sessions they may see.",
        conditional: "read",
        answers: { 200: { description: "A page of streams", schema: listOf(Stream) } },
        problems: ["invalid"],
      }),
      validate("query", ListQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid("query");
        const after = cursor === undefined ? null : decodeTimeCursor(cursor);
        const found = await listStreams(db, c.var.principal, limit + 1, after);
        const { items: page, nextCursor } = pageOf(found, limit, (last) => [
          last.row.createdAt.toISOString(),
          last.row.id,
        ]);
        return answerWithTag(c, {
          items: await represent(page),
          nextCursor,
        });
      },
    )
    .get(
      "/api/streams/:id",
      operation({
        id: "getStream",
        summary: "Get a stream",
        tag: "Streams",
        conditional: "read",
        answers: { 200: { description: "The stream", schema: Stream } },
      }),
      validate("param", StreamPath),
      async (c) => {
        const found = visibleStream(c);
        return answerWithTag(c, await representOne(found), found.row.version);
      },
    )
    .post(
      "/api/streams",
      operation({
        id: "createStream",
        secretAnswer: true,
        summary: "Create a stream",
        tag: "Streams",
        description: "The answer is the only time the stream key is shown.",
        answers: { 201: { description: "The stream, its key and where to publish", schema: StreamCreated } },
        problems: [...bodyProblems, "session-has-stream"],
      }),
      validate("json", CreateStreamRequest),
      async (c) => {
        const { row, streamKey } = await db.transaction(async (tx) => {
          const created = await createStream(tx, c.req.valid("json"));
          const subject = { kind: "stream", id: created.row.id };
          await audit(tx, c, { action: "stream.created", subject });
          return created;
        });
        const stream = toStream({ row, nodeHlsHost: null, others: 0, staff: true }, hosts, clock());
        deps.log.info("stream-created", { streamId: row.id });
        announceBinding(deps, [row.sessionId]);
        return secret(c, { stream, streamKey, ingestUrl: hosts.ingestUrl } satisfies StreamCreated, 201);
      },
    )
    .put(
      "/api/streams/:id",
      operation({
        id: "updateStream",
        summary: "Update a stream",
        tag: "Streams",
        description:
          "What is left out stays as it is. `sessionId` binds the stream to a session that has none, or frees it with null; also while it is live: then it is seen as its new event is. The windows hold within seconds. `latencyMode` cannot change while the stream is running.",
        conditional: "write",
        answers: { 200: { description: "The stream", schema: Stream } },
        problems: [...bodyProblems, "session-has-stream", "stream-running", "event-over"],
      }),
      validate("param", StreamPath),
      validate("json", UpdateStreamRequest),
      async (c) => {
        const { id } = c.req.valid("param");
        const { update, found } = await db.transaction(async (tx) => {
          const request = c.req.valid("json");
          const done = await updateStream(tx, id, request, (version) => requireUnchanged(c, version));
          await audit(tx, c, streamAct(c, "stream.updated", { changed: done.changed }));
          return { update: done, found: await findStreamForAnyone(tx, id, c.var.principal) };
        });
        if (!found) throw new Problem("not-found");
        if (update.changed.includes("sessionId")) {
          announceBinding(deps, [update.leftSessionId, found.row.sessionId]);
          announceStream(deps, found.event?.id ?? null, found.row);
        }
        return answerWithTag(c, await representOne(found), found.row.version);
      },
    )
    .delete(
      "/api/streams/:id",
      operation({
        id: "deleteStream",
        summary: "Delete a stream",
        tag: "Streams",
        description: "Its key stops working. Where it runs, it ends and its publisher is cut within 3 s.",
        conditional: "write",
        answers: { 204: { description: "The stream is gone" } },
      }),
      validate("param", StreamPath),
      async (c) => {
        const { id } = c.req.valid("param");
        const row = await db.transaction(async (tx) => {
          const deleted = await deleteStream(tx, id, clock(), (version) => requireUnchanged(c, version));
          await audit(tx, c, streamAct(c, "stream.deleted", { title: deleted.title }));
          return deleted;
        });
        announceStream(deps, visibleStream(c).event?.id ?? null, row);
        announceBinding(deps, [row.sessionId]);
        return c.body(null, 204);
      },
    )
    .post(
      "/api/streams/:id/regenerate-key",
      operation({
        id: "regenerateStreamKey",
        secretAnswer: true,
        summary: "Make a new stream key",
        tag: "Streams",
        description:
          "The old key stops working and its publisher is cut within 3 s. Playback URLs made before are revoked too.",
        answers: { 200: { description: "The new key and where to publish", schema: KeyRegenerated } },
      }),
      validate("param", StreamPath),
      async (c) => {
        const streamId = c.req.valid("param").id;
        const streamKey = await db.transaction(async (tx) => {
          const made = await regenerateStreamKey(tx, streamId);
          await audit(tx, c, streamAct(c, "stream.key-regenerated"));
          return made;
        });
        deps.log.info("stream-key-regenerated", { streamId });
        return secret(c, { streamKey, ingestUrl: hosts.ingestUrl } satisfies KeyRegenerated, 200);
      },
    )
    .post(
      "/api/streams/:id/end",
      operation({
        id: "endStream",
        summary: "End a stream at once",
        tag: "Streams",
        description: "Does not wait for the reconnect window. A stream that is not running stays as it is.",
        answers: { 204: { description: "The stream has ended" } },
      }),
      validate("param", StreamPath),
      async (c) => {
        const found = visibleStream(c);
        const ended = await db.transaction(async (tx) => {
          const row = await endStream(tx, found.row.id, clock());
          if (row) await audit(tx, c, streamAct(c, "stream.ended"));
          return row;
        });
        if (ended !== null) announceStream(deps, found.event?.id ?? null, ended);
        return c.body(null, 204);
      },
    )
    .post(
      "/api/streams/:id/revoke-playback",
      operation({
        id: "revokePlayback",
        summary: "Revoke all playback URLs of a stream",
        tag: "Streams",
        description:
          "For a private stream: playlists of URLs made before are refused within 12 s, segments that were copied from them are gone within 30 s. Whoever may watch asks for another URL, which our player does by itself. It also happens when the event becomes private or a draft, when somebody is banned from it, with a new stream key, and when the stream moves to another session.",
        answers: { 204: { description: "They are revoked" } },
      }),
      validate("param", StreamPath),
      async (c) => {
        const streamId = c.req.valid("param").id;
        await db.transaction(async (tx) => {
          await revokePlayback(tx, streamId);
          await audit(tx, c, streamAct(c, "stream.playback-revoked"));
        });
        return c.body(null, 204);
      },
    );

  return routes;
}

/** The stream that the path names, which the gate has let the caller see. */
export function visibleStream(c: ApiContext): FoundStream {
  const { stream } = accessOf(c);
  if (!stream) throw new Error("The operation has no stream.");
  return stream;
}

/** What is written down of an act on the stream that the path names. */
function streamAct(c: ApiContext, action: `stream.${string}`, detail: AuditAct["detail"] = {}): AuditAct {
  const { row, event } = visibleStream(c);
  return { action, subject: { kind: "stream", id: row.id }, eventId: event?.id ?? null, detail };
}

/** An answer that holds a key is kept by nobody on the way. */
function secret<T extends StreamCreated | KeyRegenerated, S extends 200 | 201>(
  c: ApiContext,
  body: T,
  status: S,
) {
  return c.json(body, status, { "cache-control": "no-store" });
}
