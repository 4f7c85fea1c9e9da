import { Hono } from "hono";
import * as v from "valibot";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { checkHealth } from "./check-health.ts";

const Check = v.picklist(["ok", "failing"]);
export const Health = v.pipe(
  v.object({
    status: Check,
    checks: v.object({ database: Check, redis: Check, rooms: Check, media: Check }),
  }),
  v.metadata({ ref: "Health" }),
);

export function healthRoutes(deps: ApiDependencies) {
  const routes = new Hono<ApiEnv>().get(
    "/api/health",
    operation({
      id: "getHealth",
      summary: "Whether every part answers",
      tag: "Platform",
      answers: {
        200: { description: "All parts answer", schema: Health },
        503: { description: "The failing checks are named", schema: Health },
      },
    }),
    async (c) => {
      const checks = await checkHealth(deps);
      const healthy = Object.values(checks).every((check) => check === "ok");
      const body: v.InferOutput<typeof Health> = { status: healthy ? "ok" : "failing", checks };
      return c.json(body, healthy ? 200 : 503, { "cache-control": "no-store" });
    },
  );
  return routes;
}
