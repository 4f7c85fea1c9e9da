/** What media nodes ask and say; internal only. */
import { Hono } from "hono";
import * as v from "valibot";
import { audienceKey, encodeKey } from "../../auth/audience-key.ts";
import { identifier } from "../../protocol/identifier.ts";
import {
  AcknowledgeRequest,
  HeartbeatRequest,
  type HeartbeatResponse,
  type MediaCommands,
  type PublishDecision,
  PublishRequest,
  ResolveKeyRequest,
  type ResolveKeyResponse,
  StatusRequest,
  ViewersRequest,
} from "../../protocol/internal-media.ts";
import { Problem } from "../../protocol/problem.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { ApiEnv } from "../request-context.ts";
import { announceStream } from "../streams/stream-announcement.ts";
import { validate } from "../validate.ts";
import {
  acknowledgeCommands,
  openCommands,
  playbackOfKey,
  recordHeartbeat,
  streamsOfNode,
} from "./node-queries.ts";
import { claimPublish } from "./publish-claim.ts";
import { takeReports } from "./stream-reports.ts";
import { takeViewers } from "./viewer-reports.ts";

const wholeNumber = v.pipe(v.string(), v.regex(/^\d{1,15}$/, "is not a whole number"), v.transform(Number));
const CommandsQuery = v.object({
  nodeId: identifier("mediaNode"),
  after: v.optional(wholeNumber, "0"),
  waitSeconds: v.optional(v.pipe(wholeNumber, v.maxValue(25)), "0"),
});
/** Between looks for new orders: a publisher must be cut within 3 s of an order. */
const lookAgainMs = 400;

export function mediaNodeRoutes(deps: ApiDependencies): Hono<ApiEnv> {
  const { db, clock, environment } = deps;
  const routes = new Hono<ApiEnv>();

  routes.post("/internal/media/publish", validate("json", PublishRequest), async (c) => {
    const { nodeId, streamKey, address } = c.req.valid("json");
    const { decision, changed } = await claimPublish(db, nodeId, streamKey, clock());
    if (changed !== null) announceStream(deps, changed.eventId, changed.row);
    deps.log.info("publish-decided", {
      nodeId,
      address,
      decision: decision.decision,
      ...(decision.decision === "allow"
        ? { streamId: decision.stream.streamId }
        : { reason: decision.reason, streamId: decision.streamId }),
    });
    return c.json(decision satisfies PublishDecision);
  });

  routes.post("/internal/media/resolve-key", validate("json", ResolveKeyRequest), async (c) => {
    const playback = await playbackOfKey(db, c.req.valid("json").streamKey);
    if (playback === null) throw new Problem("not-found");
    return c.json(playback satisfies v.InferOutput<typeof ResolveKeyResponse>);
  });

  routes.post("/internal/media/status", validate("json", StatusRequest), async (c) => {
    const { nodeId, reports } = c.req.valid("json");
    for (const { eventId, row } of await takeReports(db, nodeId, reports, clock())) {
      deps.log.info("stream-status", { streamId: row.id, status: row.status, nodeId });
      announceStream(deps, eventId, row);
    }
    return c.body(null, 204);
  });

  routes.post("/internal/media/viewers", validate("json", ViewersRequest), async (c) => {
    await takeViewers(db, c.req.valid("json"), clock());
    return c.body(null, 204);
  });

  routes.post("/internal/media/heartbeat", validate("json", HeartbeatRequest), async (c) => {
    const heartbeat = c.req.valid("json");
    await recordHeartbeat(db, heartbeat, clock());
    const [streams, key] = await Promise.all([
      streamsOfNode(db, heartbeat.nodeId),
      audienceKey(environment.jwtSecret, "playback"),
    ]);
    return c.json({ streams, playbackKey: encodeKey(key) } satisfies HeartbeatResponse);
  });

  routes.get("/internal/media/commands", validate("query", CommandsQuery), async (c) => {
    const { nodeId, after, waitSeconds } = c.req.valid("query");
    const until = Date.now() + waitSeconds * 1000;
    let commands = await openCommands(db, nodeId, after);
    // Looks again and again, and holds no connection in between.
    while (commands.length === 0 && Date.now() < until && !c.req.raw.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(lookAgainMs, until - Date.now())));
      commands = await openCommands(db, nodeId, after);
    }
    return c.json({ commands } satisfies v.InferOutput<typeof MediaCommands>);
  });

  routes.post("/internal/media/commands/acknowledge", validate("json", AcknowledgeRequest), async (c) => {
    const { nodeId, ids } = c.req.valid("json");
    await acknowledgeCommands(db, nodeId, ids, clock());
    return c.body(null, 204);
  });

  return routes;
}
