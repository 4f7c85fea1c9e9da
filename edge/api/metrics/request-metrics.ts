import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { ApiEnv } from "../request-context.ts";
import type { ApiMetrics } from "./api-metrics.ts";

/** Counts each request under its route's template: a path has ids, and whoever invents paths would invent series. */
export function requestMetrics(metrics: ApiMetrics): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const path = routePath(c, -1);
    metrics.requestAnswered({
      method: c.req.method,
      // Only middleware ends in a star.
      route: path === "" || path.endsWith("*") ? "unknown" : path,
      status: c.res.status,
      seconds: (performance.now() - startedAt) / 1000,
    });
  };
}
