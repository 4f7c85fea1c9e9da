import { Hono } from "hono";
import { signBeatToken } from "../../auth/beat-token.ts";
import { Playback } from "../../protocol/streams.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { playbackUrl } from "../streams/stream-addresses.ts";
import { StreamPath, visibleStream } from "../streams/stream-routes.ts";
import { validate } from "../validate.ts";
import { anonymousViewerId, newViewersLimiter, ViewerQuery } from "./anonymous-viewer.ts";
import { passEndsAt, signViewingPass } from "./viewing-pass.ts";

export function playbackRoutes(deps: ApiDependencies) {
  const { environment } = deps;
  const newViewers = newViewersLimiter(deps);
  const routes = new Hono<ApiEnv>().get(
    "/api/streams/:id/playback",
    operation({
      id: "getPlayback",
      summary: "Where to watch a stream",
      tag: "Streams",
      description:
        "For anyone who may watch. An anonymous viewer keeps its id by the cookie that the answer sets, or by `?viewer=` with an earlier `beatToken`.",
      answers: { 200: { description: "A playlist's URL that holds until `expiresAt`", schema: Playback } },
      problems: ["invalid", "too-many-requests"],
    }),
    validate("param", StreamPath),
    validate("query", ViewerQuery),
    async (c) => {
      const { row, nodeHlsHost } = visibleStream(c);
      const viewerId = c.var.principal?.user.id ?? (await anonymousViewerId(c, { ...deps, newViewers }));
      const expiresAt = passEndsAt(c, deps);
      const [token, beatToken] = await Promise.all([
        signViewingPass(deps, row, { playbackId: row.playbackId, viewerId }, expiresAt),
        signBeatToken(
          environment.jwtSecret,
          { streamId: row.id, viewerId, generation: row.playbackGeneration },
          expiresAt,
        ),
      ]);
      const answer: Playback = {
        url: playbackUrl(nodeHlsHost || environment.hlsHost, row.playbackId, token),
        expiresAt: expiresAt.toISOString(),
        latencyMode: row.latencyMode,
        viewerId,
        beatToken,
        beatSeconds: environment.beatSeconds,
      };
      return c.json(answer, 200, { "cache-control": "no-store" });
    },
  );

  return routes;
}
