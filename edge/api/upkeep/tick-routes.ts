import { Hono } from "hono";
import { forgetOldWatching } from "../analytics/retention.ts";
import { rollUpWhatWaits } from "../analytics/roll-up-pass.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { sendDueMails } from "../mail/mail-queue.ts";
import { settleDuePolls } from "../polls/settle-due-polls.ts";
import { forgetOldRanks } from "../questions/forget-ranks.ts";
import { forgetOldReports } from "../realtime/activity.ts";
import type { ApiEnv } from "../request-context.ts";
import { forgetOldAnswers } from "../session-log/commit-queries.ts";
import { foldOldSamples } from "../stream-health/sample-upkeep.ts";
import { forgetAddresses } from "./forget-addresses.ts";

/**
 * Work that waits for its time, for whoever calls twice a minute: the supervisor at home, a cron trigger at
 * Cloudflare. Calls may overlap, since all of it is claimed in the database. Internal only.
 */
export function tickRoutes(deps: ApiDependencies): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.post("/internal/tick", (c) => {
    deps.waitUntil(sendDueMails(deps));
    deps.waitUntil(settleDuePolls(deps));
    deps.waitUntil(forgetOldReports(deps.db));
    deps.waitUntil(forgetOldAnswers(deps.db));
    deps.waitUntil(forgetAddresses(deps.db, deps.clock()));
    deps.waitUntil(forgetOldRanks(deps.db));
    deps.waitUntil(foldOldSamples(deps.db, deps.clock()));
    deps.waitUntil(rollUpWhatWaits(deps));
    deps.waitUntil(forgetOldWatching(deps.db, deps.environment.analyticsDays, deps.clock()));
    return c.body(null, 202);
  });
  return routes;
}
