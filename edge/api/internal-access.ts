import type { MiddlewareHandler } from "hono";
import { carriesInternalKey } from "../auth/internal-key.ts";
import { Problem } from "../protocol/problem.ts";
import type { ApiEnv } from "./request-context.ts";

/** Lets in whoever carries INTERNAL_API_KEY. */
export function internalKey(key: string): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (!(await carriesInternalKey(c.req.header("authorization"), key))) throw new Problem("unauthenticated");
    return next();
  };
}
