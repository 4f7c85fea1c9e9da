/** What media nodes see of their streams; internal only. */
import { Hono } from "hono";
import { SamplesRequest } from "../../protocol/internal-aftermath.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { takeSamples } from "./sample-intake.ts";

export function mediaSampleRoutes({ db, environment, clock }: ApiDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().post("/internal/media/samples", validate("json", SamplesRequest), async (c) => {
    await takeSamples(db, c.req.valid("json"), environment.beatSeconds, clock());
    return c.body(null, 204);
  });
}
