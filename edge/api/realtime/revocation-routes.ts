import { Hono } from "hono";
import * as v from "valibot";
import { Instant } from "../../protocol/identifier.ts";
import type { RevocationsResponse } from "../../protocol/internal-rooms.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { readRevocations } from "./revocations.ts";

const Query = v.object({ since: v.optional(Instant) });

/** For gateways; internal only. */
export function revocationRoutes(deps: ApiDependencies): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/internal/realtime/revocations", validate("query", Query), async (c) => {
    const { since } = c.req.valid("query");
    const answer = await readRevocations(deps.db, since === undefined ? null : new Date(since));
    return c.json(answer satisfies RevocationsResponse);
  });
  return routes;
}
