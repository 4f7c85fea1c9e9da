import { carriesInternalKey } from "../../edge/auth/internal-key.ts";
import type { Metrics } from "./metrics.ts";
import { problemAnswer, type Route } from "./sidecar-server.ts";

/** GET /metrics, for whoever reaches this port: it must be loopback's. */
export function metricsRoute(metrics: Metrics): Route {
  return {
    method: "GET",
    path: /^\/metrics$/,
    handle: async () => ({
      status: 200,
      headers: { "content-type": metrics.contentType, "cache-control": "no-store" },
      body: await metrics.render(),
    }),
  };
}

/** The same on a port that other machines reach, for whoever carries INTERNAL_API_KEY. */
export function guardedMetricsRoute(metrics: Metrics, internalApiKey: string): Route {
  const route = metricsRoute(metrics);
  return {
    ...route,
    handle: async (request) =>
      (await carriesInternalKey(request.headers.authorization, internalApiKey))
        ? route.handle(request)
        : problemAnswer("unauthenticated"),
  };
}
