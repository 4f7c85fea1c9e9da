/** What media nodes ask and say about relays; internal only. */
import { and, eq, inArray, lt } from "drizzle-orm";
import { Hono } from "hono";
import * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { relays } from "../../db/schema/aftermath-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import { identifier } from "../../protocol/identifier.ts";
import { type MediaRelays, RelayStatusRequest } from "../../protocol/internal-aftermath.ts";
import { redact } from "../../protocol/log.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { openRelayKey } from "./relay-changes.ts";
import { relaysOfNode } from "./relay-queries.ts";

const NodeQuery = v.object({ nodeId: identifier("mediaNode") });

export function mediaRelayRoutes({ db, environment, clock }: ApiDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get("/internal/media/relays", validate("query", NodeQuery), async (c) => {
      const rows = await relaysOfNode(db, c.req.valid("query").nodeId);
      const opened = await Promise.all(
        rows.map(async (row) => {
          const { id: relayId, streamId, url, enabled, version } = row;
          const key = await openRelayKey(environment.jwtSecret, row);
          return { relayId, streamId, url, key, enabled, version };
        }),
      );
      const answer: v.InferOutput<typeof MediaRelays> = { relays: opened };
      return c.json(answer, 200, { "cache-control": "no-store" });
    })
    .post("/internal/media/relays/status", validate("json", RelayStatusRequest), async (c) => {
      const { nodeId, reports } = c.req.valid("json");
      for (const report of reports) await takeReport(db, nodeId, report, clock());
      return c.body(null, 204);
    });
}

/** Relays that are gone or run on another node, and reports that were overtaken, are passed over. */
async function takeReport(
  db: Database,
  nodeId: string,
  report: RelayStatusRequest["reports"][number],
  now: Date,
): Promise<void> {
  const { relayId, revision, status, error, bitrateKbps, attempts, liveSince } = report;
  const heldByNode = db.select({ id: streams.id }).from(streams).where(eq(streams.mediaNodeId, nodeId));
  await db
    .update(relays)
    .set({
      status,
      // The node takes the key out of what destinations say; a stream key of ours might stand in an address.
      error: error === null ? null : redact(error),
      bitrateKbps: bitrateKbps === null ? null : Math.round(bitrateKbps),
      attempts: Math.round(attempts),
      liveSince: instantOf(liveSince),
      reportRevision: revision,
      reportedAt: now,
    })
    .where(
      and(eq(relays.id, relayId), lt(relays.reportRevision, revision), inArray(relays.streamId, heldByNode)),
    );
}

/** Text of the right form may still name no instant. */
function instantOf(text: string | null): Date | null {
  const milliseconds = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(milliseconds) ? null : new Date(milliseconds);
}
