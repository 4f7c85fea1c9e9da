import { Hono } from "hono";
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import { listOf, listQueryEntries } from "../../protocol/list.ts";
import { CreateStreamRequest, KeyRegenerated, Stream, StreamCreated } from "../../protocol/streams.ts";
import { accessOf } from "../authorisation/authorise.ts";
import { decodeTimeCursor, encodeCursor } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { isStaff } from "../events/event-access.ts";
import { operation } from "../openapi.ts";
import type { ApiContext, ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { ingestUrl } from "./stream-addresses.ts";
import { announceStream } from "./stream-announcement.ts";
import { createStream, endStream, regenerateStreamKey } from "./stream-changes.ts";
import { type FoundStream, listStreams } from "./stream-queries.ts";
import { toStream } from "./stream-representation.ts";

export const StreamPath = v.object({ id: identifier("stream") });
const ListQuery = v.object(listQueryEntries);

export function streamRoutes(deps: ApiDependencies): Hono<ApiEnv> {
  const { db, environment, clock } = deps;
  const represent = (found: FoundStream): Stream =>
    toStream({ ...found, staff: isStaff(found.standing) }, environment.hlsHost, clock());
  const ingest = () => ingestUrl(environment.rtmpHost, environment.rtmpPort);
  const routes = new Hono<ApiEnv>();

  routes.get(
    "/api/streams",
    operation({
      id: "listStreams",
      summary: "List streams",
      tag: "Streams",
      description: "Newest first. Admins and moderators see all, others those of sessions they may see.",
      answers: { 200: { description: "A page of streams", schema: listOf(Stream) } },
      problems: ["invalid"],
    }),
    validate("query", ListQuery),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const after = cursor === undefined ? null : decodeTimeCursor(cursor);
      const found = await listStreams(db, c.var.principal, limit + 1, after);
      const page = found.slice(0, limit);
      const last = found.length > limit ? page.at(-1) : undefined;
      return c.json({
        items: page.map(represent),
        nextCursor: last === undefined ? null : encodeCursor([last.row.createdAt.toISOString(), last.row.id]),
      });
    },
  );

  routes.get(
    "/api/streams/:id",
    operation({
      id: "getStream",
      summary: "Get a stream",
      tag: "Streams",
      answers: { 200: { description: "The stream", schema: Stream } },
    }),
    validate("param", StreamPath),
    (c) => c.json(represent(visibleStream(c))),
  );

  routes.post(
    "/api/streams",
    operation({
      id: "createStream",
      secretAnswer: true,
      summary: "Create a stream",
      tag: "Streams",
      description: "The answer is the only time the stream key is shown.",
      answers: { 201: { description: "The stream, its key and where to publish", schema: StreamCreated } },
      problems: ["malformed", "too-large", "unsupported-media-type", "invalid", "session-has-stream"],
    }),
    validate("json", CreateStreamRequest),
    async (c) => {
      const { row, streamKey } = await createStream(db, c.req.valid("json"));
      const stream = toStream({ row, nodeHlsHost: null, staff: true }, environment.hlsHost, clock());
      deps.log.info("stream-created", { streamId: row.id });
      return secret(c, { stream, streamKey, ingestUrl: ingest() } satisfies StreamCreated, 201);
    },
  );

  routes.post(
    "/api/streams/:id/regenerate-key",
    operation({
      id: "regenerateStreamKey",
      secretAnswer: true,
      summary: "Make a new stream key",
      tag: "Streams",
      description: "The old key stops working and its publisher is cut within 3 s.",
      answers: { 200: { description: "The new key and where to publish", schema: KeyRegenerated } },
    }),
    validate("param", StreamPath),
    async (c) => {
      const streamId = c.req.valid("param").id;
      const streamKey = await regenerateStreamKey(db, streamId);
      deps.log.info("stream-key-regenerated", { streamId });
      return secret(c, { streamKey, ingestUrl: ingest() } satisfies KeyRegenerated, 200);
    },
  );

  routes.post(
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
      const ended = await endStream(db, found.row.id, clock());
      if (ended !== null) announceStream(deps, found.event?.id ?? null, ended);
      return c.body(null, 204);
    },
  );

  return routes;
}

export function asker(c: ApiContext) {
  const user = c.var.principal?.user;
  return user === undefined ? null : { id: user.id, role: user.role };
}

/** The stream that the path names, which the gate has let the caller see. */
export function visibleStream(c: ApiContext): FoundStream {
  const { stream } = accessOf(c);
  if (!stream) throw new Error("The operation has no stream.");
  return stream;
}

/** An answer that holds a key is kept by nobody on the way. */
function secret(c: ApiContext, body: StreamCreated | KeyRegenerated, status: 200 | 201): Response {
  return c.json(body, status, { "cache-control": "no-store" });
}
