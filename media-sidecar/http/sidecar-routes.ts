import type { MediaStream } from "../../edge/protocol/internal-media.ts";
import type { PublishGate } from "../publish-gate/publish-gate.ts";
import type { Recordings } from "../recordings/recordings.ts";
import type { StreamRegistry } from "../streams/stream-registry.ts";
import { type KeyRedirectDependencies, keyRedirect } from "./key-redirect.ts";
import type { Metrics } from "./metrics.ts";
import { metricsRoute } from "./metrics-route.ts";
import { decidePlayback } from "./playback-access.ts";
import { playlistRoutes } from "./playlist-routes.ts";
import { restoredStreams } from "./restored-streams.ts";
import { problemAnswer, type Route } from "./sidecar-server.ts";

export interface SidecarRoutes {
  gate: PublishGate;
  registry: StreamRegistry;
  recordings: Pick<Recordings, "byPlaybackId">;
  metrics: Metrics;
  edge: KeyRedirectDependencies["edge"];
  /** base64url, from the last heartbeat; null before the first. */
  playbackKey: () => string | null;
  /** The streams of a former sidecar are known. */
  restored: Promise<unknown>;
}

const verdictStatus = { allowed: 204, unauthenticated: 401, absent: 403, unavailable: 503 } as const;

export function sidecarRoutes({
  gate,
  registry,
  recordings,
  metrics,
  edge,
  playbackKey,
  restored,
}: SidecarRoutes): Route[] {
  const streamsKnown = restoredStreams(restored);
  const find = (playbackId: string): MediaStream | undefined => registry.get(playbackId)?.stream;
  const watched = (playbackId: string) => find(playbackId) ?? recordings.byPlaybackId(playbackId)?.access;
  return [
    {
      method: "POST",
      path: /^\/rtmp\/publish$/,
      async handle({ body }) {
        const answer = await gate.publish(body);
        // nginx-rtmp renames the stream to what Location says, so that the key ends here.
        return answer.allowed ? { status: 302, headers: { location: answer.playbackId } } : { status: 403 };
      },
    },
    {
      method: "POST",
      path: /^\/rtmp\/publish-done$/,
      handle({ body }) {
        gate.publishDone(body);
        return { status: 204 };
      },
    },
    {
      method: "GET",
      path: /^\/authorise$/,
      async handle({ headers }) {
        if (!(await streamsKnown())) return { status: verdictStatus.unavailable };
        const playbackId = String(headers["x-playback-id"] ?? "");
        const token = String(headers["x-playback-token"] ?? "");
        const { verdict, viewerId } = await decidePlayback(watched(playbackId), token, playbackKey());
        metrics.count("verdicts", verdict);
        // nginx keeps it with the verdict, and writes it down for each playlist that the verdict opens.
        return {
          status: verdictStatus[verdict],
          headers: viewerId === null ? {} : { "x-viewer-id": viewerId },
        };
      },
    },
    ...playlistRoutes({ registry, recordings, metrics, streamsKnown }),
    {
      method: "GET",
      path: /^\/redirect$/,
      async handle({ headers }) {
        const location = await keyRedirect(String(headers["x-stream-key"] ?? ""), {
          edge,
          find,
          playbackKey,
        });
        metrics.count("redirects", location === null ? "absent" : "found");
        if (location === null) return problemAnswer("not-found");
        return { status: 302, headers: { location, "cache-control": "no-store" } };
      },
    },
    {
      method: "GET",
      path: /^\/health$/,
      handle: () => ({
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ status: "ok", liveStreams: registry.running.length }),
      }),
    },
    metricsRoute(metrics),
  ];
}
