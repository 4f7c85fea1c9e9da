import { Hono } from "hono";
import { deleteCookie } from "hono/cookie";
import { DeleteAccountRequest } from "../../protocol/accounts.ts";
import { requireUser, sessionCookie } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { deleteAccount } from "../users/delete-account.ts";
import { validate } from "../validate.ts";
import { createAttemptLimiter } from "./attempt-limiter.ts";
import { verifyOwnPassword } from "./own-password.ts";

/** Leaving for good. */
export function deletionRoutes(deps: ApiDependencies) {
  const limiter = createAttemptLimiter(deps.redis, deps.log, deps.clock);
  const routes = new Hono<ApiEnv>().post(
    "/api/auth/delete-account",
    operation({
      id: "deleteOwnAccount",
      summary: "Delete your account, by your password",
      tag: "Authentication",
      description:
        "Name, email, picture, devices and ids go and cannot be brought back; what you said stays, as said by a deleted user, and so do sums that you are counted in. Every device is signed out.",
      answers: { 204: { description: "Deleted" } },
      noReplay: true,
      problems: [
        "bad-credentials",
        "not-found",
        "last-admin",
        "too-many-requests",
        "malformed",
        "too-large",
        "unsupported-media-type",
        "invalid",
      ],
    }),
    validate("json", DeleteAccountRequest),
    async (c) => {
      const stored = await verifyOwnPassword(deps, limiter, c, c.req.valid("json").password);
      await deleteAccount(deps, c, requireUser(c).user.id, stored);
      deleteCookie(c, sessionCookie, { path: "/" });
      return c.body(null, 204);
    },
  );
  return routes;
}
