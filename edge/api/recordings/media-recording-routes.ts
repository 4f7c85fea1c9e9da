/** What media nodes say about recordings; internal only. */
import { Hono } from "hono";
import { RecordingsRequest, type RecordingsResponse } from "../../protocol/internal-aftermath.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { takeRecordings } from "./recording-reports.ts";

export function mediaRecordingRoutes({ db, clock }: ApiDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().put(
    "/internal/media/recordings",
    validate("json", RecordingsRequest),
    async (c) => {
      const answer = await takeRecordings(db, c.req.valid("json"), clock());
      return c.json(answer satisfies RecordingsResponse);
    },
  );
}
