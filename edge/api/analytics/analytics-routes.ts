import { Hono } from "hono";
import * as v from "valibot";
import { EventAnalytics } from "../../protocol/analytics.ts";
import { figures } from "../../protocol/figures.ts";
import { identifier } from "../../protocol/identifier.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { readEventAnalytics } from "./event-analytics.ts";

/** For the page that shows the documentation. */
const definitions = [
  "| figure | what it means |\n|---|---|",
  ...Object.entries(figures).map(([name, definition]) => `| \`${name}\` | ${definition} |`),
].join("\n");

/** Reports that an organiser can show a sponsor. */
export function analyticsRoutes(deps: ApiDependencies) {
  return new Hono<ApiEnv>().get(
    "/api/events/:id/analytics",
    operation({
      id: "getEventAnalytics",
      summary: "See who watched an event, for how long, how well, and what they did",
      tag: "Analytics",
      description: `While the event is live, the figures are seconds old: \`asOf\` says from when. Each figure has one definition; the studio, lists, \`/metrics\` and the exports use the same.\n\n${definitions}`,
      answers: { 200: { description: "The report", schema: EventAnalytics } },
    }),
    validate("param", v.object({ id: identifier("event") })),
    async (c) => {
      const analytics = await readEventAnalytics(deps, c.req.valid("param").id);
      return c.json(analytics satisfies EventAnalytics, 200, { "cache-control": "no-store" });
    },
  );
}
