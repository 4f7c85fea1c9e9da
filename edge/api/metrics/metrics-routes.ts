/** GET /metrics for Prometheus: on the internal port, for who has the internal key. */
import { Hono } from "hono";
import { describeError } from "../../protocol/log.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { internalKey } from "../internal-access.ts";
import type { ApiEnv } from "../request-context.ts";
import { renderAudienceGauges } from "./audience-gauges.ts";
import { renderPlatformGauges } from "./platform-gauges.ts";
import { renderGauge } from "./series.ts";

export function metricsRoutes({ db, environment, metrics, clock, log }: ApiDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/metrics", internalKey(environment.internalApiKey), async (c) => {
    let platform = "";
    try {
      platform = await renderPlatformGauges(db, environment.beatSeconds, clock());
      platform += await renderAudienceGauges(db, clock());
    } catch (error) {
      // What this process counts matters most when the database is away.
      log.warn("platform-not-measured", { error: describeError(error) });
    }
    const isUp = renderGauge("rostrum_database_up", "Whether the database answers.", [
      [{}, platform === "" ? 0 : 1],
    ]);
    return c.body(`${metrics.render()}${platform}${isUp}`, 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
      "cache-control": "no-store",
    });
  });
}
