import { Hono } from "hono";
import * as v from "valibot";
import { identifier } from "../../protocol/identifier.ts";
import { listQueryEntries } from "../../protocol/list.ts";
import {
  CreateRelayRequest,
  Relay,
  RelayDestinationList,
  RelayList,
  relayDestinations,
  UpdateRelayRequest,
} from "../../protocol/relays.ts";
import { type AuditAct, audit } from "../audit/audit.ts";
import { decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiContext, ApiEnv } from "../request-context.ts";
import { StreamPath, visibleStream } from "../streams/stream-routes.ts";
import { validate } from "../validate.ts";
import { createRelay, deleteRelay, updateRelay } from "./relay-changes.ts";
import { listRelays, type RelayRow } from "./relay-queries.ts";
import { toRelay } from "./relay-representation.ts";

const RelayPath = v.object({ ...StreamPath.entries, relayId: identifier("relay") });
const ListQuery = v.object(listQueryEntries);
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

export function relayRoutes(deps: ApiDependencies) {
  const { db, environment, clock } = deps;
  const represent = (c: ApiContext, row: RelayRow): Relay =>
    toRelay(row, visibleStream(c).row.status, clock());
  return new Hono<ApiEnv>()
    .get(
      "/api/relay-destinations",
      operation({
        id: "listRelayDestinations",
        summary: "List well-known relay destinations",
        tag: "Relays",
        description: "Addresses that need not be typed; the key is the destination's own.",
        answers: { 200: { description: "All of them", schema: RelayDestinationList } },
      }),
      (c) => c.json({ items: [...relayDestinations] }),
    )
    .get(
      "/api/streams/:id/relays",
      operation({
        id: "listRelays",
        summary: "List a stream's relays",
        tag: "Relays",
        description: "Oldest first. Keys are never shown.",
        answers: { 200: { description: "A page of relays", schema: RelayList } },
        problems: ["invalid"],
      }),
      validate("param", StreamPath),
      validate("query", ListQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid("query");
        const after = cursor === undefined ? null : decodeTimeCursor(cursor);
        const found = await listRelays(db, c.req.valid("param").id, limit + 1, after);
        const { items: page, nextCursor } = pageOf(found, limit, (last) => [
          last.createdAt.toISOString(),
          last.id,
        ]);
        return c.json({
          items: page.map((row) => represent(c, row)),
          nextCursor,
        });
      },
    )
    .post(
      "/api/streams/:id/relays",
      operation({
        id: "createRelay",
        summary: "Relay a stream somewhere else",
        tag: "Relays",
        description:
          "To an `rtmp://` or `rtmps://` address with the key that the destination gave. While the stream is live it begins within seconds. Private addresses are refused by the media machine, unless it allows them; the relay's `error` says so.",
        answers: { 201: { description: "The relay, without its key", schema: Relay } },
        problems: [...bodyProblems],
      }),
      validate("param", StreamPath),
      validate("json", CreateRelayRequest),
      async (c) => {
        const { id: streamId } = c.req.valid("param");
        const row = await db.transaction(async (tx) => {
          const made = await createRelay(tx, environment.jwtSecret, streamId, c.req.valid("json"));
          await audit(tx, c, relayAct(c, "relay.created", made));
          return made;
        });
        deps.log.info("relay-created", { streamId, relayId: row.id });
        return c.json(represent(c, row), 201);
      },
    )
    .patch(
      "/api/streams/:id/relays/:relayId",
      operation({
        id: "updateRelay",
        summary: "Change a relay",
        tag: "Relays",
        description:
          "What is left out stays as it is. Takes effect within seconds, also while the stream is live; other relays go on. An address on another host, or without TLS where there was TLS, needs the key again.",
        answers: { 200: { description: "The relay, without its key", schema: Relay } },
        problems: [...bodyProblems],
      }),
      validate("param", RelayPath),
      validate("json", UpdateRelayRequest),
      async (c) => {
        const { id: streamId, relayId } = c.req.valid("param");
        const row = await db.transaction(async (tx) => {
          const request = c.req.valid("json");
          const done = await updateRelay(tx, environment.jwtSecret, streamId, relayId, request);
          await audit(tx, c, relayAct(c, "relay.updated", done.row, { changed: done.changed }));
          return done.row;
        });
        return c.json(represent(c, row));
      },
    )
    .delete(
      "/api/streams/:id/relays/:relayId",
      operation({
        id: "deleteRelay",
        summary: "Delete a relay",
        tag: "Relays",
        description: "What it sends ends within seconds.",
        answers: { 204: { description: "The relay is gone" } },
      }),
      validate("param", RelayPath),
      async (c) => {
        const { id: streamId, relayId } = c.req.valid("param");
        await db.transaction(async (tx) => {
          const row = await deleteRelay(tx, streamId, relayId);
          await audit(tx, c, relayAct(c, "relay.deleted", row));
        });
        deps.log.info("relay-deleted", { streamId, relayId });
        return c.body(null, 204);
      },
    );
}

/** What is written down: where a stream is sent matters to whoever looks back; its key stands nowhere. */
function relayAct(
  c: ApiContext,
  action: `relay.${string}`,
  { id, streamId, name, url }: RelayRow,
  more: AuditAct["detail"] = {},
): AuditAct {
  const eventId = visibleStream(c).event?.id ?? null;
  return { action, subject: { kind: "relay", id }, eventId, detail: { streamId, name, url, ...more } };
}
